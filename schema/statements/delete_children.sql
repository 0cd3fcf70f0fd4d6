delete from {table}
using changed_record
where changed_record.known
    and changed_record.record_type = {record_type}
    and changed_record.accession = {table}.{owner}
