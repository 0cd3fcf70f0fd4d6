select {columns} from {table}
