select cast(entity_id as varchar) as entity_id, entity_type, name, mention, concept_id
from x_entity
where entity_id in (select unnest($entities))
order by entity_type, name
