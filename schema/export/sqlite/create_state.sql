create table if not exists {table} (
    export_id text not null primary key,
    store_id text not null,
    schema_version integer not null,
    commit_seq integer not null,
    committed_at text not null,
    exported_at text not null,
    exported_by text not null,
    scope text not null,
    views text not null,
    row_counts text not null
) strict
