create table if not exists {table} (
    export_id varchar(64) not null primary key,
    store_id varchar(64) not null,
    schema_version bigint not null,
    commit_seq bigint not null,
    committed_at datetime(6) not null,
    exported_at datetime(6) not null,
    exported_by varchar(191) not null,
    scope longtext not null,
    views longtext not null,
    row_counts longtext not null
) engine = InnoDB character set utf8mb4 collate {collation} comment = 'What alembic_db has written here.'
