-- What is listed and stored need not come to be seen.
insert into seen_record select 'package', accession from known_uid
