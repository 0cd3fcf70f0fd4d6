-- Texts that an annotator has not read, the oldest first, a batch at a time.
select text.text_id, text.content, text.tag, text.concept_id
from {texts} as text
where not exists (
    select 1 from annotation
    where annotation.text_id = text.text_id and annotation.annotator_id = $annotator_id
)
order by text.commit_seq, text.text_id
limit $batch
