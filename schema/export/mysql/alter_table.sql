alter table {table} {changes}
