-- The kinds of records of which something stored is to be written anew or removed.
select distinct record_type from changed_record where known
