-- Views over the tables of this dataset, and the saved views of alembic_db with the defaults of their parameters.
-- For DuckDB 1.4 or later, from any folder:   duckdb lab.duckdb <views.sql
-- The views follow the dataset: what is exported later is what they show. If the dataset moves, export it again there.

