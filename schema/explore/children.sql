select * exclude (commit_seq) from {table} where {key} = $accession order by all
