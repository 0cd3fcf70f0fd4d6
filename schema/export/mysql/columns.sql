select column_name
from information_schema.columns
where table_schema = database() and table_name = {table}
order by ordinal_position
