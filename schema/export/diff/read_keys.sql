create or replace table before."{table}" as select {columns} from "{table}" where false
