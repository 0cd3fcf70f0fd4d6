insert into import_seen by name
select cast($search_id as bigint) as search_id, record_type, accession from staged_import_seen
