insert into text by name
select
    said.text_id,
    any_value(said.content) as content,
    any_value(said.tag) as tag,
    any_value(said.concept_id) as concept_id,
    any_value(length(said.content)) as char_count,
    cast($commit_seq as bigint) as commit_seq
from said_text as said
where not exists (select 1 from text where text.text_id = said.text_id)
group by said.text_id
