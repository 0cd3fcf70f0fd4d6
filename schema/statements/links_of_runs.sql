select k.*
from ({links}) k
join (select unnest($runs) as run_accession) chosen on chosen.run_accession = k.run_accession
order by k.run_accession, k.origin_rank, k.position, k.place_position, k.url
