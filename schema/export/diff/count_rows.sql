select count(*) from {relation} as r where {condition}
