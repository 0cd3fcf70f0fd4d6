create temporary table {keys} ({parts}) engine = InnoDB character set utf8mb4 collate {collation}
