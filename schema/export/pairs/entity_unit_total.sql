select level, unit_total from made.counted_total
