-- Every search with its last run: selected = stored + failed, or something was lost.
with ranked as (
    select
        search_run.*,
        row_number() over (partition by search_id order by commit_seq desc) as recency
    from search_run
)
select
    search.kind,
    search.name,
    search.found,
    search.selected,
    coalesce(ranked.stored, 0) as stored,
    coalesce(ranked.failed, 0) as failed,
    ranked.finished_at as last_run_at
from search
left join ranked on ranked.search_id = search.search_id and ranked.recency = 1
order by search.search_id
