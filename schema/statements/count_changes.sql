select count(*) filter (where not known), count(*) filter (where known) from changed_raw_record
