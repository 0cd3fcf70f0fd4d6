-- Goes on after the steps of entity_cooccurrence.
counted as (
    select sum(total) as unit_total from unit_total
)
select $level as level, cast(coalesce(unit_total, 0) as bigint) as unit_total from counted
