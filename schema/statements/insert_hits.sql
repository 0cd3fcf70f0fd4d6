insert into search_hit by name
select cast($search_id as bigint) as search_id, staged.experiment_accession, staged.uid,
    cast($commit_seq as bigint) as commit_seq
from staged_hit as staged
where not exists (
    select 1 from search_hit
    where search_hit.search_id = $search_id
        and search_hit.experiment_accession = staged.experiment_accession
)
