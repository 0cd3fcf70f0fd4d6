(record_type, accession) in (select (record_type, accession) from scope_record)
