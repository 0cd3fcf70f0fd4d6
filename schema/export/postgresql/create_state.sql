create table if not exists {table} (
    export_id text collate "C" not null primary key,
    store_id text collate "C" not null,
    schema_version bigint not null,
    commit_seq bigint not null,
    committed_at timestamptz not null,
    exported_at timestamptz not null,
    exported_by text not null,
    scope text not null,
    views text not null,
    row_counts text not null
)
