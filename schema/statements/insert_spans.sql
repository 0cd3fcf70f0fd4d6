insert into entity_span by name
select * exclude (name), cast($commit_seq as bigint) as commit_seq from staged_span
