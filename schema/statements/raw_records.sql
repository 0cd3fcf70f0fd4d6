select record_type, accession, content_hash, byte_count, xml from raw_record
