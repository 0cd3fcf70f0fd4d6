create table {table} ({parts}) engine = InnoDB character set utf8mb4 collate {collation} comment = {comment}
