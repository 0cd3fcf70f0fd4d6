select count(*) from withdrawn_record
