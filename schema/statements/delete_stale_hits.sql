delete from search_hit
where search_id = $search_id
    and experiment_accession not in (select experiment_accession from staged_hit)
