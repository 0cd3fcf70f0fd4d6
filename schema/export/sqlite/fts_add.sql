insert into text_search(rowid, content) values (?, ?)
