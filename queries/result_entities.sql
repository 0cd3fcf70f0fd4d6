-- title: The result table with the texts and entities of chosen fields
-- grain: one row per run; an experiment without runs has one row
-- description: DuckDB only. study_fields, experiment_fields, sample_fields and run_fields list, for every chosen
--   field that the record fills, its key, its text and its entities: each once per field, in the order of the text.
-- kind: internal
-- uses: result_table, counted_span
-- param: search text = '' name of a search, '' for all
-- param: fields text keys such as study.title or attribute:tissue, parted by the character U+001F
with chosen as (
    select distinct unnest(string_split($fields, chr(31))) as field_key
),
occurrence as (
    select f.record_type, f.accession, c.field_key, f.position, f.text_id, t.content
    from field_text f
    join text t on t.text_id = f.text_id
    join chosen c
        on c.field_key = case
            when f.field = 'attribute' then 'attribute:' || t.tag
            else f.record_type || '.' || f.field
        end
    where f.field <> 'attribute' or f.record_type = 'sample'
),
mention as (
    select
        o.record_type, o.accession, o.field_key, s.entity_type, s.mention,
        min(row(o.position, s.start_offset, s.end_offset)) as first_place
    from occurrence o
    join counted_span s on s.text_id = o.text_id
    group by o.record_type, o.accession, o.field_key, s.entity_type, s.mention
),
field_entity as (
    select
        record_type, accession, field_key,
        list({'type': entity_type, 'mention': mention} order by first_place, entity_type, mention) as entities
    from mention
    group by record_type, accession, field_key
),
field_value as (
    select record_type, accession, field_key, string_agg(content, '; ' order by position) as content
    from occurrence
    group by record_type, accession, field_key
),
record_field_list as (
    select
        v.record_type, v.accession,
        list({'key': v.field_key, 'content': v.content, 'entities': coalesce(e.entities, [])}) as fields
    from field_value v
    left join field_entity e
        on e.record_type = v.record_type and e.accession = v.accession and e.field_key = v.field_key
    group by v.record_type, v.accession
)
select
    r.*,
    st.fields as study_fields,
    x.fields as experiment_fields,
    sa.fields as sample_fields,
    ru.fields as run_fields
from result_table r
left join record_field_list st on st.record_type = 'study' and st.accession = r."Study Accession"
left join record_field_list x on x.record_type = 'experiment' and x.accession = r."Experiment Accession"
left join record_field_list sa on sa.record_type = 'sample' and sa.accession = r."Sample Accession"
left join record_field_list ru on ru.record_type = 'run' and ru.accession = r."Run Accession"
order by r."Study Accession", r."Experiment Accession", r."Run Accession"
