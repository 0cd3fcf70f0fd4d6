create temp table scope_entity as
select distinct s.entity_id
from entity_span s
join scope_text t on t.text_id = s.text_id
