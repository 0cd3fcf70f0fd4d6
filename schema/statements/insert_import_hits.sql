-- The experiments of one commit of an import become hits of it.
insert into search_hit by name
select distinct
    cast($search_id as bigint) as search_id,
    seen.accession as experiment_accession,
    cast(null as varchar) as uid,
    cast($commit_seq as bigint) as commit_seq
from staged_import_seen as seen
where seen.record_type in ('package', 'experiment')
    and not exists (
        select 1 from search_hit
        where search_hit.search_id = $search_id and search_hit.experiment_accession = seen.accession
    )
