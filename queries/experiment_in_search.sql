-- title: The experiments that a search has found
-- grain: one row per experiment
-- description: All experiments where no search is named.
-- kind: internal
-- param: search text = '' name of a search, '' for all
select e.accession
from experiment e
where
    $search = ''
    or e.accession in (
        select h.experiment_accession
        from search_hit h
        join search s on s.search_id = h.search_id
        where s.name = $search
    )
