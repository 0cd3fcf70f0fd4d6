-- Every record that NCBI was asked for is a stored experiment.
select coalesce(uid, '') || ' ' || experiment_accession as example
from entrez_record
where experiment_accession not in (select accession from experiment)
