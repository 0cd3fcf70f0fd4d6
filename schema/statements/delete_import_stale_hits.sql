-- What the import held before and holds no longer.
delete from search_hit
where search_id = $search_id
    and not exists (
        select 1 from import_seen
        where import_seen.search_id = $search_id
            and import_seen.record_type in ('package', 'experiment')
            and import_seen.accession = search_hit.experiment_accession
    )
