create table whole.scope_entity as
select distinct s.entity_id
from entity_span s
join whole.scope_text t on t.text_id = s.text_id
