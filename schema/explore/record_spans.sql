select s.text_id, s.start_offset, s.end_offset, s.entity_type, s.mention, s.concept_id, s.score, a.name as annotator
from entity_span s
join annotator a on a.annotator_id = s.annotator_id
where s.text_id in (select unnest($text_ids))
order by s.text_id, s.start_offset, s.end_offset, s.entity_type, annotator
