delete from search_hit
using numbered_hit
where numbered_hit.search_id = search_hit.search_id
    and numbered_hit.experiment_accession = search_hit.experiment_accession
