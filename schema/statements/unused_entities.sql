create or replace temp table unused_entity as
select distinct entity_id
from entity_span
where text_id in (select text_id from unsaid_text)
