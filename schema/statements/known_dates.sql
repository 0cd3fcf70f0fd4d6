select uid, accession, update_date, fetched_at from known_uid order by uid
