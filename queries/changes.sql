-- title: What changed, when, and by which run
-- grain: one row per change of a record
-- description: The latest first. new: not in the project before; changed: NCBI has another version; withdrawn: NCBI
--   has it no longer (the project keeps it); returned: it was withdrawn and is there again.
-- param: since text = 1000-01-01 changes from this moment on, YYYY-MM-DD or YYYY-MM-DD HH:MM:SS (UTC)
-- param: run integer = 0 changes by this run and later ones
-- param: change text = '' (''|new|changed|withdrawn|returned) kind of change, '' for all
select
    c.run_id, c.changed_at, c.change, c.record_type, c.accession, e.title, s.name as search
from record_change c
left join search s on s.search_id = c.search_id
left join experiment e on c.record_type = 'experiment' and e.accession = c.accession
where
    c.changed_at >= cast($since as timestamp)
    and c.run_id >= $run
    and ($change = '' or c.change = $change)
order by c.run_id desc, c.changed_at desc, c.change, c.record_type, c.accession
