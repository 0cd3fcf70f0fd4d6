select e.accession, e.title, e.library_strategy, count(*) over () as total
from experiment_sample m
join experiment e on e.accession = m.experiment_accession
where m.sample_accession = $accession
order by e.accession
limit 200
