-- Into a table made in the same transaction, which nobody else sees yet: its rows need no second look later on.
copy {table} ({columns}) from stdin (format csv, null 'NULL', encoding 'utf8', freeze)
