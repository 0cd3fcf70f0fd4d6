-- A row that says what it said keeps its commit, so that only the others are sent.
copy (
    select n.*, coalesce(o.commit_seq, {commit_seq}) as commit_seq
    from made."{table}" as n
    left join {old} as o on {same}
    order by {key}
) to '{path}' (format parquet, compression zstd)
