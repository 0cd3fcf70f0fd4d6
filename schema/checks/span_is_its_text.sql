-- Every span lies inside its text and its mention is what stands there, code point by code point.
select entity_span.text_id || ' ' || start_offset || '-' || end_offset as example
from entity_span
join text on text.text_id = entity_span.text_id
where start_offset < 0
    or start_offset >= end_offset
    or end_offset > length(content)
    or substring(content, start_offset + 1, end_offset - start_offset) <> mention
