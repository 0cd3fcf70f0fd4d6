select stage, accession, uid, source, message, counts_as_record from problem where search_id = $search_id
