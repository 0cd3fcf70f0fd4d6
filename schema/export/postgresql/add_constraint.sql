alter table {table} add {constraint}
