-- What the search found before and finds no longer.
delete from search_hit
where search_id = $search_id
    and experiment_accession not in (
        select accession from seen_record where record_type in ('package', 'experiment')
    )
