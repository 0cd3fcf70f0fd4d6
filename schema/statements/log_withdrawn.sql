insert into record_change by name
select
    cast($run_id as bigint) as run_id, cast($search_id as bigint) as search_id,
    'experiment' as record_type, experiment_accession as accession, 'withdrawn' as change,
    cast($now as timestamp) as changed_at, cast($commit_seq as bigint) as commit_seq
from withdrawn_record
