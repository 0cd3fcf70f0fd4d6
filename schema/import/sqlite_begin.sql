-- Reads the three files into new tables: cd into their folder, then: sqlite3 lab.db <import_sqlite.sql
.bail on
.mode tabs
begin;
