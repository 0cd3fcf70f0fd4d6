select count(*), min(true_at) from known_uid
