create or replace table lost."{table}" as
select {key}
from before."{table}" as b
where b.commit_seq >= {diverged}
    or not exists (select 1 from after."{table}" as a where {same} and a.commit_seq = b.commit_seq)
