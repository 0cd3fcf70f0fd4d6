delete from {table}
using changed_record
where changed_record.known
    and changed_record.record_type = '{table}'
    and changed_record.accession = {table}.accession
