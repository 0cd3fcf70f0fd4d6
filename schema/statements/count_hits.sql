-- Experiments of the search that are stored, without those withdrawn.
select count(*)
from search_hit
where search_id = $search_id
    and experiment_accession not in (
        select experiment_accession from entrez_record where withdrawn_at is not null
    )
