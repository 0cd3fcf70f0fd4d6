delete from {table} where text_id in (select text_id from unsaid_text)
