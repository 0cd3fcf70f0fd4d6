insert into field_text by name
select record_type, accession, field, position, text_id, cast($commit_seq as bigint) as commit_seq
from said_text
