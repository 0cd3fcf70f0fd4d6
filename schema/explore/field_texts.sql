-- The texts that experiments, their studies, samples and runs say in some fields.
with owner as (
    select accession as experiment_accession, 'experiment' as record_type, accession from experiment
    where accession in (select unnest($accessions))
    union all
    select accession, 'study', study_accession from experiment where accession in (select unnest($accessions))
    union all
    select experiment_accession, 'sample', sample_accession from experiment_sample
    where experiment_accession in (select unnest($accessions))
    union all
    select experiment_accession, 'run', accession from run where experiment_accession in (select unnest($accessions))
)
select distinct
    o.experiment_accession,
    case when f.field = 'attribute' then f.record_type || '.attribute:' || coalesce(t.tag, '')
        else f.record_type || '.' || f.field end as field,
    t.tag, f.position, t.text_id, t.content
from owner o
join field_text f on f.record_type = o.record_type and f.accession = o.accession
join text t on t.text_id = f.text_id
where
    case when f.field = 'attribute' then f.record_type || '.attribute:' || coalesce(t.tag, '')
        else f.record_type || '.' || f.field end in (select unnest($fields))
order by o.experiment_accession, field, f.position, t.text_id
