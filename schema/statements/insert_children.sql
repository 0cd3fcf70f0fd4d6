insert into {table} by name
select staged.*, cast($commit_seq as bigint) as commit_seq
from staged_{table} as staged
join changed_record as changed
    on changed.record_type = {staged_record_type} and changed.accession = staged.{owner}
