insert into problem by name
select cast($search_id as bigint) as search_id, staged.*, cast($now as timestamp) as occurred_at,
    cast($commit_seq as bigint) as commit_seq
from staged_problem as staged
