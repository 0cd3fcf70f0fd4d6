-- Records that this import has replaced: of them, the content hashes that it began with are out of date.
create or replace temp table updated_record (record_type varchar not null, accession varchar not null)
