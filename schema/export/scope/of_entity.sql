entity_id in (select entity_id from whole.scope_entity)
