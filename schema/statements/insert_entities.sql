insert into entity by name
select entity_id, any_value(entity_type) as entity_type, any_value(name) as name,
    cast($commit_seq as bigint) as commit_seq
from staged_span
where not exists (select 1 from entity where entity.entity_id = staged_span.entity_id)
group by entity_id
