-- Searches that can be asked again, the oldest first, with the start of their last run that came to its end.
select
    search.search_id, search.kind, search.name, search.term, search.found, search.selected, search.record_limit,
    (
        select max(started_at) from search_run
        where search_run.search_id = search.search_id and not interrupted
    ) as last_complete
from search
where kind in ('search', 'add')
order by search.search_id
