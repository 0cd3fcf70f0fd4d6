-- title: Which study names which entity
-- grain: one row per study and entity
-- description: However many annotators found it.
-- kind: internal
-- uses: study_text, counted_span
select t.study_accession, s.entity_id, count(distinct t.text_id) as text_count
from study_text t
join counted_span s on s.text_id = t.text_id
group by t.study_accession, s.entity_id
