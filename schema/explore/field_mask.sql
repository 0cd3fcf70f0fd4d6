select bit_or(cast(1 as bigint) << field_no) as mask from x_field where name in (select unnest($fields))
