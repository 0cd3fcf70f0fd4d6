-- Every text that the changed records say, with the id that its content, tag and concept give it: the lower
-- 63 bits of an MD5, each part led by its length so that no two combinations read alike.
create or replace temp table said_text as
with said as (
    select 'study' as record_type, accession, 'title' as field, 0 as position, title as content,
        cast(null as varchar) as tag, cast(null as varchar) as concept_id
    from staged_study
    union all select 'study', accession, 'abstract', 0, abstract, null, null from staged_study
    union all select 'study', accession, 'description', 0, description, null, null from staged_study
    union all select 'submission', accession, 'title', 0, title, null, null from staged_submission
    union all select 'sample', accession, 'title', 0, title, null, null from staged_sample
    union all select 'sample', accession, 'description', 0, description, null, null from staged_sample
    union all select 'sample', accession, 'common_name', 0, common_name, null, null from staged_sample
    union all
    select 'sample', accession, 'scientific_name', 0, scientific_name, null,
        'NCBITaxon:' || cast(taxon_id as varchar)
    from staged_sample
    union all select 'experiment', accession, 'title', 0, title, null, null from staged_experiment
    union all
    select 'experiment', accession, 'design_description', 0, design_description, null, null
    from staged_experiment
    union all
    select 'experiment', accession, 'library_name', 0, library_name, null, null from staged_experiment
    union all
    select 'experiment', accession, 'library_construction_protocol', 0, library_construction_protocol,
        null, null
    from staged_experiment
    union all select 'run', accession, 'title', 0, title, null, null from staged_run
    union all
    select 'sample', sample_accession, 'attribute', position, value, coalesce(tag, ''), null
    from staged_sample_attribute
    union all
    select record_type, accession, 'attribute', position, value, coalesce(tag, ''), null
    from staged_record_attribute
)
select
    said.*,
    cast(
        md5_number_lower(
            coalesce(cast(length(said.tag) as varchar) || ':' || said.tag, '-') || '|'
            || coalesce(said.concept_id, '-') || '|' || said.content
        ) // 2 as bigint
    ) as text_id
from said
join changed_record as changed
    on changed.record_type = said.record_type and changed.accession = said.accession
where said.content is not null and trim(said.content) <> ''
