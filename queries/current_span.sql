-- title: The spans of the newest version of each annotator
-- grain: one row per span
-- description: Of an annotator's versions the newest that has read a text speaks; what older ones found there stays in
--   entity_span.
-- kind: internal
-- uses: newer_reading
select
    s.text_id, s.annotator_id, a.name as annotator, s.start_offset, s.end_offset, s.entity_type, s.mention,
    s.entity_id, s.concept_id, s.score
from entity_span s
join annotator a on a.annotator_id = s.annotator_id
left join newer_reading n on n.annotator_id = s.annotator_id and n.text_id = s.text_id
where n.text_id is null
