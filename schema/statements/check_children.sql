-- Rows of {table} whose record is not stored.
select {table}.{owner} as example
from {table}
where not exists (select 1 from {record_table} where {record_table}.accession = {table}.{owner}) and {condition}
