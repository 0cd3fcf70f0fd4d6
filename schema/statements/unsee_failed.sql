-- What could not be had anew is told as failed, not as stored.
delete from seen_record
where accession in (select accession from known_uid where uid in (select uid from staged_failed))
