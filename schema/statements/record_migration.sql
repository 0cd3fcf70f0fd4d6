insert into schema_migration by name
select cast($version as bigint) as version, $name as name, $checksum as checksum,
    cast($now as timestamp) as applied_at
