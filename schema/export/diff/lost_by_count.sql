-- Rows of a commit only ever vanish, so the commits that have fewer rows than before say where to look.
create or replace table lost."{table}" as
with old as (
    select commit_seq, count(*) as row_count from before."{table}" group by commit_seq
),
new as (
    select commit_seq, count(*) as row_count from after."{table}" group by commit_seq
),
lossy as (
    select old.commit_seq
    from old
    left join new on new.commit_seq = old.commit_seq
    where old.row_count <> coalesce(new.row_count, 0) or old.commit_seq >= {diverged}
)
select {key}
from before."{table}" as b
where b.commit_seq in (select commit_seq from lossy)
    and (
        b.commit_seq >= {diverged}
        or not exists (select 1 from after."{table}" as a where {same} and a.commit_seq = b.commit_seq)
    )
