select search_id, first_run_at, found, selected, term from search where kind = $kind and name = $name
