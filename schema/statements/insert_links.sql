insert into read_link by name
select *, cast($service as varchar) as service, cast($now as timestamp) as looked_up_at,
    cast($commit_seq as bigint) as commit_seq
from staged_link
