-- Reads the three files into new tables: cd into their folder, then: mysql --local-infile=1 lab <import_mysql.sql
-- MySQL's server, unlike MariaDB's, has to allow it first: set global local_infile = on
set names utf8mb4;
set sql_mode = concat(@@sql_mode, ',STRICT_ALL_TABLES');
