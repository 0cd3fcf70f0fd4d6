create table `{table}` (
    {declared}
) character set utf8mb4;
load data local infile '{file}' into table `{table}` character set utf8mb4
fields terminated by '\t' optionally enclosed by '"' escaped by '' lines terminated by '\n' ignore {skip} lines
({read})
set
    {restored};
