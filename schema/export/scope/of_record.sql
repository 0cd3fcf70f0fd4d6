{column} in (select accession from whole.scope_record where record_type = '{record_type}')
