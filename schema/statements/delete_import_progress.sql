delete from {table} where search_id = $search_id
