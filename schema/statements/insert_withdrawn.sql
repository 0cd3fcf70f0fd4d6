insert into entrez_record by name
select *, cast($now as timestamp) as withdrawn_at, cast($commit_seq as bigint) as commit_seq from withdrawn_record
