-- The first commit that the target knows otherwise, or that is known here only up to the target's last.
select min(coalesce(o.commit_seq, n.commit_seq))
from read_parquet({files}) as o
full join main.store_commit as n on n.commit_seq = o.commit_seq and n.committed_at = o.committed_at
where (o.commit_seq is null and n.commit_seq <= {mark}) or n.commit_seq is null
