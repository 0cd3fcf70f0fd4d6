-- title: Every search and what became of it
-- grain: one row per search
-- description: found is what NCBI or the files held when it was last asked, selected what was taken of it; of these,
--   stored are in the store and failed are named in problems; withdrawn ones are stored, too, but gone at NCBI.
with hit as (
    select
        h.search_id,
        cast(sum(case when r.withdrawn_at is null then 1 else 0 end) as bigint) as stored,
        cast(sum(case when r.withdrawn_at is null then 0 else 1 end) as bigint) as withdrawn
    from search_hit h
    left join entrez_record r on r.experiment_accession = h.experiment_accession
    group by h.search_id
),
trouble as (
    select
        search_id,
        count(*) as problem_count,
        cast(sum(case when counts_as_record then 1 else 0 end) as bigint) as failed
    from problem
    where search_id is not null
    group by search_id
),
ordered_run as (
    select
        search_id, finished_at, interrupted,
        count(*) over (partition by search_id) as run_count,
        row_number() over (partition by search_id order by finished_at desc, commit_seq desc) as age
    from search_run
)
select
    s.search_id, s.kind, s.name, s.term, s.found, s.selected,
    coalesce(h.stored, 0) as stored,
    coalesce(h.withdrawn, 0) as withdrawn,
    coalesce(t.failed, 0) as failed,
    coalesce(t.problem_count, 0) as problems,
    coalesce(r.run_count, 0) as times_run,
    s.first_run_at,
    r.finished_at as last_run_at,
    r.interrupted
from search s
left join hit h on h.search_id = s.search_id
left join trouble t on t.search_id = s.search_id
left join ordered_run r on r.search_id = s.search_id and r.age = 1
order by s.search_id
