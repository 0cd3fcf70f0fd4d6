-- title: Entities found most often
-- grain: one row per entity
-- description: Counted by distinct texts, so that two annotators that agree count once. record_count counts the
--   records that say these texts, mention is the first spelling in alphabetical order, spelling_count how many
--   there are.
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: annotator text = '' name of an annotator, '' for all
-- param: minimum integer = 1 texts that have to name the entity
-- param: limit integer = 100 rows at most
with span as (
    select s.text_id, s.entity_id, s.mention, s.concept_id
    from entity_span s
    where
        ($type = '' or s.entity_type = $type)
        and ($annotator = '' or s.annotator_id in (select a.annotator_id from annotator a where a.name = $annotator))
),
counted as (
    select
        entity_id,
        count(distinct text_id) as text_count,
        count(distinct mention) as spelling_count,
        min(mention) as mention,
        min(concept_id) as concept_id
    from span
    group by entity_id
    having count(distinct text_id) >= $minimum
),
top_entity as (
    select e.entity_type, e.name, c.entity_id, c.mention, c.concept_id, c.text_count, c.spelling_count
    from counted c
    join entity e on e.entity_id = c.entity_id
    order by c.text_count desc, e.entity_type, e.name
    limit $limit
),
naming as (
    select distinct entity_id, text_id
    from span
    where entity_id in (select l.entity_id from top_entity l)
),
record as (
    select distinct n.entity_id, t.record_type, t.accession
    from naming n
    join field_text t on t.text_id = n.text_id
),
record_size as (
    select entity_id, count(*) as record_count
    from record
    group by entity_id
)
select
    l.entity_type, l.name, l.entity_id, l.concept_id, l.text_count,
    coalesce(r.record_count, 0) as record_count,
    l.mention, l.spelling_count
from top_entity l
left join record_size r on r.entity_id = l.entity_id
order by l.text_count desc, l.entity_type, l.name
