-- Of the listed: those that are stored, with the moment at which what is stored was last known to be true.
create or replace temp table known_uid as
select
    listed.uid,
    known.experiment_accession as accession,
    known.update_date,
    known.fetched_at,
    greatest(known.fetched_at, case when hit.uid is not null then cast($last_complete as timestamp) end) as true_at
from listed_uid as listed
join entrez_record as known on known.uid = listed.uid
join experiment on experiment.accession = known.experiment_accession
left join search_hit as hit on hit.search_id = $search_id and hit.experiment_accession = known.experiment_accession
where known.withdrawn_at is null
