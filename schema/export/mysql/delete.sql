delete t from {table} as t join {keys} as k on {same}
