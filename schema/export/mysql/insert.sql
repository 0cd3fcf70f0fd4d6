insert into {table} ({columns}) values {rows}
