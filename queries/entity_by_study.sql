-- title: Entities of every study
-- grain: one row per study and entity
-- description: text_count counts the distinct texts of the study, its experiments, samples and runs that name
--   the entity; study_count says in how many studies of the store it is named at all.
-- uses: study_entity
-- param: study text = '' study accession, '' for all
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: minimum integer = 1 texts of the study that have to name the entity
-- param: limit integer = 10000 rows at most
with spread as (
    select entity_id, count(*) as study_count
    from study_entity
    group by entity_id
)
select
    f.study_accession, st.title as study_title, e.entity_type, e.name, e.entity_id, f.text_count, s.study_count
from study_entity f
join entity e on e.entity_id = f.entity_id
join spread s on s.entity_id = f.entity_id
left join study st on st.accession = f.study_accession
where
    f.text_count >= $minimum
    and ($study = '' or f.study_accession = $study)
    and ($type = '' or e.entity_type = $type)
order by f.study_accession, f.text_count desc, e.entity_type, e.name
limit $limit
