select count(*) from raw_record
