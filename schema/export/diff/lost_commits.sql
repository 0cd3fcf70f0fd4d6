-- Rows without a key: all those of a commit go and come together.
create or replace table lost."{table}" as
with old as (
    select commit_seq, count(*) as row_count from before."{table}" group by commit_seq
),
new as (
    select commit_seq, count(*) as row_count from after."{table}" group by commit_seq
)
select old.commit_seq, old.row_count
from old
left join new on new.commit_seq = old.commit_seq
where old.row_count <> coalesce(new.row_count, 0) or old.commit_seq >= {diverged} or {all_commits}
