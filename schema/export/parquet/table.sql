select * from read_parquet({files})
