insert into search by name
select
    cast($search_id as bigint) as search_id, $kind as kind, $name as name, $term as term,
    cast($found as bigint) as found, cast($selected as bigint) as selected,
    cast($first_run_at as timestamp) as first_run_at, cast($record_limit as bigint) as record_limit,
    cast($commit_seq as bigint) as commit_seq
