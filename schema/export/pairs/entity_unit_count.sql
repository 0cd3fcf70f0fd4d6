-- Goes on after the steps of entity_cooccurrence.
paired as (
    select entity_a as entity_id from made.entity_pair where level = $level
    union
    select entity_b from made.entity_pair where level = $level
)
select $level as level, c.entity_id, c.unit_count
from candidate c
join paired p on p.entity_id = c.entity_id
