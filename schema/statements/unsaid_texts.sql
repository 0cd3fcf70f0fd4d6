create or replace temp table unsaid_text as
select text_id
from released_text
where not exists (select 1 from field_text where field_text.text_id = released_text.text_id)
