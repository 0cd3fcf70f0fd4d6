create or replace view after."{table}" as select * from main."{table}" where {condition}
