-- Of the fields named (study.title, sample.attribute:tissue), or of all if none is.
select count(*)
from text
where not exists (
    select 1 from annotation
    where annotation.text_id = text.text_id and annotation.annotator_id = $annotator_id
)
and (
    len(cast($fields as varchar[])) = 0
    or text.text_id in (
        select f.text_id
        from field_text f
        join text t on t.text_id = f.text_id
        where
            f.record_type || case when f.field = 'attribute' then '.attribute:' || coalesce(t.tag, '')
                else '.' || f.field end in (select unnest(cast($fields as varchar[])))
    )
)
