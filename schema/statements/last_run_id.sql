select coalesce(max(run_id), 0) as run_id from search_run
