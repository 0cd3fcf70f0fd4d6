-- title: What two searches have in common
-- grain: one row per pair of searches
-- description: Shared experiments and the Jaccard index (shared by those in either); pairs without any are listed too.
with hit as (
    select distinct search_id, experiment_accession
    from search_hit
),
size as (
    select s.search_id, s.name, count(h.experiment_accession) as hit_count
    from search s
    left join hit h on h.search_id = s.search_id
    group by s.search_id, s.name
),
shared as (
    select a.search_id as a_id, b.search_id as b_id, count(*) as shared_count
    from hit a
    join hit b on b.experiment_accession = a.experiment_accession and a.search_id < b.search_id
    group by a.search_id, b.search_id
)
select
    a.name as search_a, b.name as search_b, a.hit_count as hits_a, b.hit_count as hits_b,
    coalesce(s.shared_count, 0) as shared_hits,
    cast(coalesce(s.shared_count, 0) as double)
        / nullif(a.hit_count + b.hit_count - coalesce(s.shared_count, 0), 0) as jaccard
from size a
join size b on a.search_id < b.search_id
left join shared s on s.a_id = a.search_id and s.b_id = b.search_id
order by coalesce(s.shared_count, 0) desc, a.name, b.name, a.search_id, b.search_id
