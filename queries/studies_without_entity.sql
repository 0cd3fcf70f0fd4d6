-- title: Studies in which no entity was found
-- grain: one row per study
-- description: Neither in its own texts nor in those of its experiments, samples and runs. Where unread_text_count is
--   above 0, annotators have not seen everything yet.
-- uses: study_text
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for any
with reading as (
    select
        t.study_accession,
        count(distinct t.text_id) as text_count,
        count(distinct case when a.text_id is null then t.text_id end) as unread_text_count
    from study_text t
    left join annotation a on a.text_id = t.text_id
    group by t.study_accession
),
naming as (
    select t.study_accession
    from study_text t
    join entity_span s on s.text_id = t.text_id
    where $type = '' or s.entity_type = $type
)
select
    st.accession as study_accession, st.title, st.study_type, st.bioproject_accession,
    coalesce(r.text_count, 0) as text_count,
    coalesce(r.unread_text_count, 0) as unread_text_count
from study st
left join reading r on r.study_accession = st.accession
where not exists (select 1 from naming n where n.study_accession = st.accession)
order by st.accession
