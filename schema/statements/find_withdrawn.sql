create or replace temp table withdrawn_record as
select
    coalesce(known.uid, hit.uid) as uid,
    gone.accession as experiment_accession,
    known.create_date,
    known.update_date,
    coalesce(known.fetched_at, cast($now as timestamp)) as fetched_at
from staged_gone as gone
left join entrez_record as known on known.experiment_accession = gone.accession
left join search_hit as hit on hit.search_id = $search_id and hit.experiment_accession = gone.accession
where known.withdrawn_at is null
