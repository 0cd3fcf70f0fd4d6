-- title: Experiments that NCBI has no longer
-- grain: one row per experiment
-- description: The project keeps them. withdrawn_at is when a sync found them gone; the latest first.
select
    r.experiment_accession, e.title, e.study_accession, r.uid, r.update_date, r.withdrawn_at
from entrez_record r
left join experiment e on e.accession = r.experiment_accession
where r.withdrawn_at is not null
order by r.withdrawn_at desc, r.experiment_accession
