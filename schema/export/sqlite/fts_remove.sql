insert into text_search(text_search, rowid, content)
select 'delete', text_id, content from text where text_id = ?
