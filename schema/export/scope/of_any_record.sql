(record_type, accession) in (select (record_type, accession) from whole.scope_record)
