select d.run_accession, d.url, d.path, d.size, d.md5, d.verified, d.modified_ns
from download d
join (select unnest($runs) as run_accession) chosen on chosen.run_accession = d.run_accession
order by d.path
