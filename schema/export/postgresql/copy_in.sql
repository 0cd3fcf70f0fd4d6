copy {table} ({columns}) from stdin (format csv, null 'NULL', encoding 'utf8', freeze {frozen})
