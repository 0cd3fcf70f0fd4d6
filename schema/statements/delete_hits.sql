delete from search_hit
where search_id = $search_id and experiment_accession in (select accession from staged_gone)
