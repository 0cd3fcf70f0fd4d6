-- What write_batch has just written: changed_raw_record holds every record whose XML is new or another.
insert into record_change by name
select
    cast($run_id as bigint) as run_id, cast($search_id as bigint) as search_id,
    case when record_type = 'package' then 'experiment' else record_type end as record_type,
    accession,
    case when known then 'changed' else 'new' end as change,
    cast($now as timestamp) as changed_at, cast($commit_seq as bigint) as commit_seq
from changed_raw_record
