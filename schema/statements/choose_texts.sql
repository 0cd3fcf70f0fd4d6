-- The texts of some fields: study.title, sample.attribute:tissue.
create or replace temp table chosen_text as
select text.*
from text
where text.text_id in (
    select f.text_id
    from field_text f
    join text t on t.text_id = f.text_id
    where
        f.record_type || case when f.field = 'attribute' then '.attribute:' || coalesce(t.tag, '')
            else '.' || f.field end in (select unnest($fields))
)
