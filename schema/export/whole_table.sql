create view "{table}" as select * from read_parquet({files})
