insert into download by name
select *, cast($commit_seq as bigint) as commit_seq from staged_download
