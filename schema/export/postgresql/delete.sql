delete from {table} as t using {keys} as k where {same}
