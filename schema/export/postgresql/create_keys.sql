create temporary table {keys} on commit drop as select {columns} from {table} where false
