select name, uses from x_field order by uses desc, name
