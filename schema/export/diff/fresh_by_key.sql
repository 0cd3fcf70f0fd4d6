create or replace table fresh."{table}" as
select {key_and_commit}
from after."{table}" as a
where a.commit_seq >= {diverged}
    or not exists (select 1 from before."{table}" as b where {same} and a.commit_seq = b.commit_seq)
