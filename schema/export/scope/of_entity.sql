entity_id in (select entity_id from scope_entity)
