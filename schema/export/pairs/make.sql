create or replace table made."{table}" as {body}
