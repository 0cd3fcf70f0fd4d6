select search_id, first_run_at, found, selected, term, record_limit from search where kind = $kind and name = $name
