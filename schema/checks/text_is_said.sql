-- Every text is said by a record, and every field that says one finds it.
select 'text ' || text_id as example
from text
where text_id not in (select text_id from field_text)
union all
select record_type || ' ' || accession || ' ' || field
from field_text
where text_id not in (select text_id from text)
