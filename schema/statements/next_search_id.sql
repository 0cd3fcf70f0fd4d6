select coalesce(max(search_id), 0) + 1 from search
