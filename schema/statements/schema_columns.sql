-- Every column of every table, in order, with what a `comment on` says of it.
select table_name, column_name, data_type, not is_nullable as required, comment
from duckdb_columns()
where not internal
order by table_name, column_index
