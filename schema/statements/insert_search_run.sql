insert into search_run by name
select
    cast($search_id as bigint) as search_id,
    cast($started_at as timestamp) as started_at,
    cast($finished_at as timestamp) as finished_at,
    cast($found as bigint) as found,
    cast($selected as bigint) as selected,
    cast($stored as bigint) as stored,
    cast($failed as bigint) as failed,
    cast($inserted as bigint) as inserted,
    cast($updated as bigint) as updated,
    cast($unchanged as bigint) as unchanged,
    cast($withdrawn as bigint) as withdrawn,
    cast($interrupted as boolean) as interrupted,
    cast($run_id as bigint) as run_id,
    cast($commit_seq as bigint) as commit_seq
