create database if not exists {schema} character set utf8mb4 collate {collation}
