select {measures} from {relation} as r where {condition}
