select level, entity_a, entity_b, unit_count, example_1, example_2, text_id_1, text_id_2 from made.counted_pair
