-- Every annotation belongs to a text and an annotator.
select text_id || ' of annotator ' || annotator_id as example
from annotation
where text_id not in (select text_id from text) or annotator_id not in (select annotator_id from annotator)
