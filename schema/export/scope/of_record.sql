{column} in (select accession from scope_record where record_type = '{record_type}')
