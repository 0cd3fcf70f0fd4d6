-- Every entity is named by a span.
select entity_type || ' ' || name as example
from entity
where entity_id not in (select entity_id from entity_span)
