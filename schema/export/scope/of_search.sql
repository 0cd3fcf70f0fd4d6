search_id in (select search_id from scope_search)
