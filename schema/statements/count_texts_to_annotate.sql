select count(*)
from {texts} as text
where not exists (
    select 1 from annotation
    where annotation.text_id = text.text_id and annotation.annotator_id = $annotator_id
)
