select * exclude (commit_seq, record_type, accession)
from {table}
where record_type = $kind and accession = $accession
order by position
