copy (select {columns} from "{table}") to '{path}' (format parquet)
