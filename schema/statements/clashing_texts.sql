-- Two texts under one id: so unlikely (63 bits) that it is an error, never a silent merge.
select count(*)
from (
    select text_id, content, tag, concept_id from said_text
    union
    select text.text_id, text.content, text.tag, text.concept_id
    from text
    where text.text_id in (select text_id from said_text)
) as version
having count(*) > count(distinct text_id)
