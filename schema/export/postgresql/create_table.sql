create table {table} ({parts})
