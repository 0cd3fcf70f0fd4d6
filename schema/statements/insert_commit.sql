insert into store_commit by name
select
    cast($commit_seq as bigint) as commit_seq,
    cast($now as timestamp) as committed_at,
    $action as action,
    $detail as detail,
    cast($inserted as bigint) as inserted,
    cast($updated as bigint) as updated,
    cast($unchanged as bigint) as unchanged
