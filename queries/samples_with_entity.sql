-- title: Samples that name an entity
-- grain: one row per sample and entity
-- description: In the texts and attributes of the sample itself, in any spelling that folds to the name. mention
--   and field are the first in alphabetical order, study_accession too where the sample is in several studies.
-- uses: counted_span
-- param: entity text = '' name of the entity, as TP53 or breast cancer, '' for all
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
with wanted as (
    select entity_id, entity_type, name
    from entity
    where ($entity = '' or name = $entity or name = lower($entity)) and ($type = '' or entity_type = $type)
),
found as (
    select
        t.accession, w.entity_id, w.entity_type, w.name,
        count(distinct t.text_id) as text_count,
        min(s.mention) as mention,
        min(case when t.field = 'attribute' then x.tag else t.field end) as field,
        max(s.score) as best_score
    from wanted w
    join counted_span s on s.entity_id = w.entity_id
    join field_text t on t.text_id = s.text_id
    join text x on x.text_id = t.text_id
    where t.record_type = 'sample'
    group by t.accession, w.entity_id, w.entity_type, w.name
),
used as (
    select
        m.sample_accession,
        count(distinct m.experiment_accession) as experiment_count,
        min(e.study_accession) as study_accession
    from experiment_sample m
    join experiment e on e.accession = m.experiment_accession
    group by m.sample_accession
)
select
    f.accession as sample_accession, p.title as sample_title, p.scientific_name, p.taxon_id,
    p.biosample_accession, f.entity_type, f.name, f.mention, f.field, f.text_count, f.best_score,
    coalesce(u.experiment_count, 0) as experiment_count, u.study_accession
from found f
left join sample p on p.accession = f.accession
left join used u on u.sample_accession = f.accession
order by f.accession, f.entity_type, f.name
