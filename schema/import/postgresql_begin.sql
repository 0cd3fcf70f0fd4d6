-- Reads the three files into new tables: cd into their folder, then: psql -d lab -f import_postgresql.sql
\set ON_ERROR_STOP on
set client_encoding = 'UTF8';
begin;
