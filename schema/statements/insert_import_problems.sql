insert into import_problem by name
select cast($search_id as bigint) as search_id, staged.* from staged_import_problem as staged
