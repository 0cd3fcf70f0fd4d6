select coalesce(max(commit_seq), 0) from store_commit
