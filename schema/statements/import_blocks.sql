-- What an interrupted import has stored already.
select digest from import_block where search_id = $search_id
