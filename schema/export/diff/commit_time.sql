select committed_at from store_commit where commit_seq = $commit_seq
