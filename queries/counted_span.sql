-- title: The spans that are counted, one reading of each place
-- grain: one row per span
-- description: Where spans of several annotators overlap, the record itself (structured) comes before rules,
--   lexicons and added models, and these before the model that comes with the program (compact); of equals the longer, the surer, the one that knows the concept. Concepts that another knows of the
--   very same place are kept. The others stay in entity_span.
-- kind: internal
-- uses: current_span
with placed_span as (
    select
        s.*, case s.annotator when 'structured' then 1 when 'compact' then 3 else 2 end as place
    from current_span s
),
beaten_span as (
    select distinct s.text_id, s.annotator_id, s.start_offset, s.end_offset, s.entity_type
    from placed_span s
    join placed_span o
        on o.text_id = s.text_id
        and o.start_offset < s.end_offset
        and o.end_offset > s.start_offset
    where
        o.annotator_id <> s.annotator_id
        and (
            o.place < s.place
            or (o.place = s.place and (
                o.end_offset - o.start_offset > s.end_offset - s.start_offset
                or (o.end_offset - o.start_offset = s.end_offset - s.start_offset and (
                    o.score > s.score
                    or (o.score = s.score and (
                        (o.concept_id is not null and s.concept_id is null)
                        or (
                            (o.concept_id is not null or s.concept_id is null)
                            and o.annotator_id < s.annotator_id
                        )
                    ))
                ))
            ))
        )
),
-- What another annotator knows of the very same place is not lost with its span.
known as (
    select text_id, start_offset, end_offset, entity_type, min(concept_id) as concept_id
    from placed_span
    where concept_id is not null
    group by text_id, start_offset, end_offset, entity_type
)
select
    s.text_id, s.annotator_id, s.start_offset, s.end_offset, s.entity_type, s.mention, s.entity_id,
    coalesce(s.concept_id, k.concept_id) as concept_id, s.score
from placed_span s
left join beaten_span b
    on b.text_id = s.text_id
    and b.annotator_id = s.annotator_id
    and b.start_offset = s.start_offset
    and b.end_offset = s.end_offset
    and b.entity_type = s.entity_type
left join known k
    on k.text_id = s.text_id
    and k.start_offset = s.start_offset
    and k.end_offset = s.end_offset
    and k.entity_type = s.entity_type
where b.text_id is null
