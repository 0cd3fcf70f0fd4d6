-- Hits of the search whose UID is known now and was not, or was another.
create or replace temp table numbered_hit as
select hit.search_id, hit.experiment_accession, known.uid
from search_hit as hit
join entrez_record as known on known.experiment_accession = hit.experiment_accession
where hit.search_id = $search_id and known.uid is not null and known.uid is distinct from hit.uid
