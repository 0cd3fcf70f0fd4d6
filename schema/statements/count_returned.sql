select count(distinct known.experiment_accession)
from entrez_record as known
join staged_entrez_record as staged on staged.experiment_accession = known.experiment_accession
where known.withdrawn_at is not null
