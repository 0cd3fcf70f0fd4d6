-- Which runs accessions of any kind stand for: one row per accession and run.
with asked as (select distinct unnest($accessions) as accession),
known as (
    select accession as name, accession as run_accession from run
    union all
    select experiment_accession, accession from run
    union all
    select unnest([e.study_accession, e.sample_accession, e.submission_accession]), r.accession
    from run r join experiment e on e.accession = r.experiment_accession
    union all
    select unnest([m.sample_accession, s.biosample_accession, s.geo_accession]), r.accession
    from run r
    join experiment_sample m on m.experiment_accession = r.experiment_accession
    left join sample s on s.accession = m.sample_accession
    union all
    select unnest([s.biosample_accession, s.geo_accession]), r.accession
    from run r
    join experiment e on e.accession = r.experiment_accession
    join sample s on s.accession = e.sample_accession
    union all
    select unnest([s.bioproject_accession, s.geo_accession]), r.accession
    from run r
    join experiment e on e.accession = r.experiment_accession
    join study s on s.accession = e.study_accession
)
select distinct a.accession, k.run_accession
from asked a
join known k on k.name = a.accession
order by a.accession, k.run_accession
