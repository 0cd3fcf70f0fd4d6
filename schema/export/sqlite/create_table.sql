create table {table} ({parts}) strict
