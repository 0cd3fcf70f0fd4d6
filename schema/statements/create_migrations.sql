create table schema_migration (
    version bigint not null,
    name varchar not null,
    checksum varchar not null,
    applied_at timestamp not null
)
