create or replace view "{schema}"."{table}" as select {columns} from read_parquet({files})
