text_id in (select text_id from scope_text)
