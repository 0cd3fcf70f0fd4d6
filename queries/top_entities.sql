-- title: Entities found most often
-- grain: one row per entity
-- description: Ordered by record_count, the records (studies, samples, experiments, runs) that name the entity;
--   text_count counts the distinct texts that do, however many annotators found it there. mention is the first
--   spelling in alphabetical order, spelling_count how many there are.
-- uses: counted_span
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: annotator text = '' name of an annotator, whose every span then counts
-- param: minimum integer = 1 records that have to name the entity
-- param: limit integer = 100 rows at most
with span as (
    select s.text_id, s.entity_id, s.mention, s.concept_id
    from counted_span s
    where $annotator = '' and ($type = '' or s.entity_type = $type)
    union all
    select s.text_id, s.entity_id, s.mention, s.concept_id
    from entity_span s
    where
        s.annotator_id in (select a.annotator_id from annotator a where a.name = $annotator)
        and ($type = '' or s.entity_type = $type)
),
spelled as (
    select
        entity_id,
        count(distinct text_id) as text_count,
        count(distinct mention) as spelling_count,
        min(mention) as mention,
        min(concept_id) as concept_id
    from span
    group by entity_id
),
naming as (
    select distinct entity_id, text_id from span
),
record as (
    select distinct n.entity_id, t.record_type, t.accession
    from naming n
    join field_text t on t.text_id = n.text_id
),
counted as (
    select entity_id, count(*) as record_count
    from record
    group by entity_id
    having count(*) >= $minimum
)
select
    e.entity_type, e.name, s.concept_id, c.record_count, s.text_count, s.mention, s.spelling_count, e.entity_id
from counted c
join spelled s on s.entity_id = c.entity_id
join entity e on e.entity_id = c.entity_id
order by c.record_count desc, s.text_count desc, e.entity_type, e.name
limit $limit
