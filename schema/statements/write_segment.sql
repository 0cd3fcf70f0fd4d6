copy (select * from {table} where commit_seq between {first} and {last})
to '{file}' (format parquet, compression zstd)
