-- The id of every text is that of its content, tag and concept, and its length is its length.
select 'text ' || text_id as example
from text
where char_count <> length(content)
    or text_id <> cast(
        md5_number_lower(
            coalesce(cast(length(tag) as varchar) || ':' || tag, '-') || '|'
            || coalesce(concept_id, '-') || '|' || content
        ) // 2 as bigint
    )
