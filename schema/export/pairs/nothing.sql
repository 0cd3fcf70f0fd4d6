(select {columns} where false)
