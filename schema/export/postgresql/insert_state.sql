insert into {table} values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
