select v.run_accession, v.experiment_accession, v.library_layout, v.is_public, v.study_accession
from ({runs}) v
join (select unnest($runs) as run_accession) chosen on chosen.run_accession = v.run_accession
order by v.study_accession, v.experiment_accession, v.run_accession
