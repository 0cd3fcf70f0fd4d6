text_id in (select text_id from whole.scope_text)
