search_id in (select search_id from whole.scope_search)
