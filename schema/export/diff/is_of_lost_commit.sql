(r.commit_seq > {mark} or r.commit_seq in (select commit_seq from lost."{table}"))
