-- Fetched again although they were withdrawn.
insert into record_change by name
select distinct
    cast($run_id as bigint) as run_id, cast($search_id as bigint) as search_id,
    'experiment' as record_type, known.experiment_accession as accession, 'returned' as change,
    cast($now as timestamp) as changed_at, cast($commit_seq as bigint) as commit_seq
from entrez_record as known
join staged_entrez_record as staged on staged.experiment_accession = known.experiment_accession
where known.withdrawn_at is not null
