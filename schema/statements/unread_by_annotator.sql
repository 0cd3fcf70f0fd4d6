-- Texts that each annotator, at its newest version, has not read.
with newest as (
    select name, max(annotator_id) as annotator_id from annotator group by name
)
select newest.name, (select count(*) from text) - count(annotation.text_id) as unread
from newest
left join annotation on annotation.annotator_id = newest.annotator_id
group by newest.name
order by newest.name
