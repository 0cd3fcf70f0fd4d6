delete from problem where search_id = $search_id
