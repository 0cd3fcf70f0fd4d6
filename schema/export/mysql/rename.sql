rename table {renames}
