create virtual table text_search using fts5(
    content, content = 'text', content_rowid = 'text_id', tokenize = 'unicode61 remove_diacritics 2'
)
