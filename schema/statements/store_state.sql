select
    (select store_id from store_info) as store_id,
    (select max(version) from schema_migration) as schema_version,
    (select coalesce(max(commit_seq), 0) from store_commit) as commit_seq,
    (
        select list(table_name)
        from information_schema.columns
        where column_name = 'commit_seq' and table_catalog = current_database()
    ) as tables
