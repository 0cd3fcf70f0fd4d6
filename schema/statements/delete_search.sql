delete from search where search_id = $search_id
