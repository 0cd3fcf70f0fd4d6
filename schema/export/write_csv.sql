copy ({query}) to '{path}' (format csv, header false, nullstr 'NULL', quote '"', escape '"')
