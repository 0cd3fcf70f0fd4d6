delete from entity
where entity_id in (select entity_id from unused_entity)
    and not exists (select 1 from entity_span where entity_span.entity_id = entity.entity_id)
