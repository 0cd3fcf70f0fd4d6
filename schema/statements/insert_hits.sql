-- Every experiment that the run has come across is a hit of its search.
insert into search_hit by name
select distinct
    cast($search_id as bigint) as search_id,
    seen.accession as experiment_accession,
    entrez_record.uid,
    cast($commit_seq as bigint) as commit_seq
from seen_record as seen
left join entrez_record on entrez_record.experiment_accession = seen.accession
where seen.record_type in ('package', 'experiment')
    and not exists (
        select 1 from search_hit
        where search_hit.search_id = $search_id and search_hit.experiment_accession = seen.accession
    )
