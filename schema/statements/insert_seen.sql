insert into seen_record select record_type, accession from staged_seen
