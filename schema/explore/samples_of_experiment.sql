select distinct sample_accession
from (
    select sample_accession from experiment_sample where experiment_accession = $accession
    union all
    select sample_accession from experiment where accession = $accession
)
where sample_accession is not null
order by sample_accession
limit 5
