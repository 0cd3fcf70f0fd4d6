-- For the last run of every search: records taken = stored + failed.
with ranked as (
    select search_run.*, row_number() over (partition by search_id order by commit_seq desc) as recency
    from search_run
)
select search.kind || ' ' || search.name as example
from ranked
join search on search.search_id = ranked.search_id
where ranked.recency = 1 and not ranked.interrupted and ranked.selected <> ranked.stored + ranked.failed
