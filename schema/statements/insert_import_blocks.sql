insert into import_block by name
select cast($search_id as bigint) as search_id, digest, byte_count from staged_import_block
