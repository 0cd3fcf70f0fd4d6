select 1 + greatest(
    (select coalesce(max(run_id), 0) from search_run), (select coalesce(max(run_id), 0) from record_change)
)
