insert into {table} by name
select
    staged.*,
    changed.created_at,
    cast($now as timestamp) as updated_at,
    cast($commit_seq as bigint) as commit_seq
from staged_{table} as staged
join changed_{table} as changed on changed.accession = staged.accession
