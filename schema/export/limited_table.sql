create view "{table}" as select * from whole."{table}" where {condition}
