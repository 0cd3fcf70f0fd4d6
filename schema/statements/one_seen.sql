-- An experiment that the search finds, the newest first: NCBI surely has it.
select accession
from seen_record
where record_type = 'package'
order by length(accession) desc, accession desc
limit 1
