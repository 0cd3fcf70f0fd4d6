select level, entity_a as entity_id, count_a as unit_count from made.counted_pair
union
select level, entity_b, count_b from made.counted_pair
