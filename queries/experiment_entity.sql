-- title: Which experiment names which entity
-- grain: one row per experiment and entity
-- description: In its own texts, its samples' or its runs', however many annotators found it.
-- kind: internal
-- uses: experiment_text, counted_span
select distinct t.experiment_accession, s.entity_id
from experiment_text t
join counted_span s on s.text_id = t.text_id
