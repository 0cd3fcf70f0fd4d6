select coalesce(sum(row_count), 0) from lost."{table}"
