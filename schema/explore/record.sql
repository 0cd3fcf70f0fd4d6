select * from {table} where accession = $accession
