insert into store_info by name
select $store_id as store_id, cast($now as timestamp) as created_at, $created_by as created_by
