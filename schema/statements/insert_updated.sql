insert into updated_record select record_type, accession from changed_raw_record where known
