select content_hash from raw_record order by content_hash
