-- Every annotation counts the spans that are there.
select annotation.text_id || ' of annotator ' || annotation.annotator_id as example
from annotation
left join (
    select text_id, annotator_id, count(*) as spans from entity_span group by text_id, annotator_id
) as counted
    on counted.text_id = annotation.text_id and counted.annotator_id = annotation.annotator_id
where coalesce(counted.spans, 0) <> annotation.span_count
