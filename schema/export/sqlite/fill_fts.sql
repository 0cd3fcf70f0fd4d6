insert into text_search(text_search) values ('rebuild')
