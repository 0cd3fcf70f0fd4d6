-- Hits of the search that it lists no longer.
select
    hit.experiment_accession,
    max(coalesce(known.uid, hit.uid)) as uid,
    coalesce(bool_or(known.withdrawn_at is not null), false) as is_marked
from search_hit as hit
left join entrez_record as known on known.experiment_accession = hit.experiment_accession
where hit.search_id = $search_id
    and hit.experiment_accession not in (select accession from seen_record)
    and hit.experiment_accession not in (select accession from known_uid)
group by hit.experiment_accession
order by hit.experiment_accession
