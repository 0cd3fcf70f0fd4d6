load data local infile {path} into table {table}
character set utf8mb4
fields terminated by ',' optionally enclosed by '"' escaped by ''
lines terminated by '\n'
({columns})
