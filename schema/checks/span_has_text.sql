-- Every span belongs to a text, an annotator and an entity, and its annotator has read that text.
select text_id || ' of annotator ' || annotator_id as example
from entity_span
where text_id not in (select text_id from text)
    or annotator_id not in (select annotator_id from annotator)
    or entity_id not in (select entity_id from entity)
    or not exists (
        select 1 from annotation
        where annotation.text_id = entity_span.text_id and annotation.annotator_id = entity_span.annotator_id
    )
