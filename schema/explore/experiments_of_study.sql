select accession, title, library_strategy, count(*) over () as total
from experiment
where study_accession = $accession
order by accession
limit 200
