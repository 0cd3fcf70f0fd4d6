-- title: Every mention, with the text, field and record that says it
-- grain: one row per span and field that says its text
-- description: Offsets are Unicode code points from 0, end exclusive. A text said by several records is listed for
--   each. study_accession, experiment_accession and sample_accession lead from the record to the others: of
--   several, the first in alphabetical order.
-- uses: counted_span
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: entity text = '' name of an entity, '' for all
-- param: annotator text = '' name of an annotator, of which all spans are listed
-- param: spans text = counted (counted|all) one reading of each place (see counted_span), or what every annotator found
-- param: accession text = '' accession of a record, '' for all
-- param: limit integer = 10000 rows at most
with span as (
    select * from counted_span where $spans = 'counted' and $annotator = ''
    union all
    select
        s.text_id, s.annotator_id, s.start_offset, s.end_offset, s.entity_type, s.mention, s.entity_id, s.concept_id,
        s.score
    from entity_span s
    where $spans = 'all' or $annotator <> ''
),
sample_use as (
    select
        m.sample_accession, min(m.experiment_accession) as experiment_accession,
        min(e.study_accession) as study_accession
    from experiment_sample m
    join experiment e on e.accession = m.experiment_accession
    where m.sample_accession is not null
    group by m.sample_accession
),
experiment_use as (
    select e.accession, e.study_accession, coalesce(e.sample_accession, min(m.sample_accession)) as sample_accession
    from experiment e
    left join experiment_sample m on m.experiment_accession = e.accession
    group by e.accession, e.study_accession, e.sample_accession
),
record as (
    select
        'study' as record_type, accession, accession as study_accession,
        cast(null as varchar) as experiment_accession, cast(null as varchar) as sample_accession
    from study
    union all
    select 'sample', s.accession, u.study_accession, u.experiment_accession, s.accession
    from sample s
    left join sample_use u on u.sample_accession = s.accession
    union all
    select 'experiment', accession, study_accession, accession, sample_accession
    from experiment_use
    union all
    select 'run', r.accession, u.study_accession, r.experiment_accession, u.sample_accession
    from run r
    left join experiment_use u on u.accession = r.experiment_accession
)
select
    s.entity_type, s.mention, e.name, s.concept_id, s.start_offset, s.end_offset, s.score,
    a.name as annotator, t.record_type, t.accession, t.field, t.position, x.tag,
    r.study_accession, r.experiment_accession, r.sample_accession, s.text_id, s.entity_id
from span s
join entity e on e.entity_id = s.entity_id
join annotator a on a.annotator_id = s.annotator_id
join text x on x.text_id = s.text_id
join field_text t on t.text_id = s.text_id
left join record r on r.record_type = t.record_type and r.accession = t.accession
where
    ($type = '' or s.entity_type = $type)
    and ($entity = '' or e.name = $entity or e.name = lower($entity))
    and ($annotator = '' or a.name = $annotator)
    and ($accession = '' or t.accession = $accession)
order by
    t.record_type, t.accession, t.field, t.position, s.start_offset, s.end_offset, s.entity_type, a.name,
    s.annotator_id, s.text_id
limit $limit
