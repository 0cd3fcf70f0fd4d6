-- title: What each sample is said to be
-- grain: one row per sample and entity
-- description: Of each type, what the sample's record states (annotator structured: its taxon, its attributes for cell
--   line, disease, treatment and so on); basis is then stated. Only where it states none of that type, what is named
--   anywhere in the sample's own texts: basis named. mention is the first in alphabetical order.
-- uses: counted_span
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: sample text = '' sample accession, '' for all
-- param: limit integer = 10000 rows at most
with found as (
    select
        t.accession, s.entity_type, s.entity_id,
        max(case when a.name = 'structured' then 1 else 0 end) as is_stated,
        min(s.mention) as mention,
        min(s.concept_id) as concept_id,
        count(distinct s.text_id) as text_count,
        max(s.score) as best_score
    from field_text t
    join counted_span s on s.text_id = t.text_id
    join annotator a on a.annotator_id = s.annotator_id
    where
        t.record_type = 'sample'
        and ($type = '' or s.entity_type = $type)
        and ($sample = '' or t.accession = $sample)
    group by t.accession, s.entity_type, s.entity_id
),
stated as (
    select accession, entity_type, max(is_stated) as is_stated
    from found
    group by accession, entity_type
)
select
    f.accession as sample_accession, f.entity_type, e.name, f.mention, f.concept_id,
    case when f.is_stated = 1 then 'stated' else 'named' end as basis,
    f.text_count, f.best_score
from found f
join stated s on s.accession = f.accession and s.entity_type = f.entity_type and s.is_stated = f.is_stated
join entity e on e.entity_id = f.entity_id
order by f.accession, f.entity_type, e.name
limit $limit
