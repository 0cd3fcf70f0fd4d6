-- What a run has come across, kept by DuckDB (which can put it on disk): a run may see millions.
create or replace temp table seen_record (record_type varchar not null, accession varchar not null)
