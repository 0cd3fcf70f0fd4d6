copy (select * from "{table}" order by {order}) to '{file}' (format parquet, compression zstd)
