insert into listed_uid select distinct uid from staged_listed
