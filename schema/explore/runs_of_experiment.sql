select accession, title, total_spots, total_bases, size, published, count(*) over () as total
from run
where experiment_accession = $accession
order by accession
limit 200
