-- Keys that {table} holds more than once.
select concat_ws(' ', {key}) as example from {table} group by {key} having count(*) > 1
