select {columns} from {relation} as r where {condition} {order}
