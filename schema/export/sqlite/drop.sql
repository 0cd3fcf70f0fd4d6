drop {kind} if exists {name}
