exists (select 1 from fresh."{table}" as f where {same} and f.commit_seq = r.commit_seq)
