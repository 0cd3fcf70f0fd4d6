select count(*) from (select distinct record_type, accession from seen_record)
