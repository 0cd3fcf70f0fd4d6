delete from raw_record
using changed_raw_record as changed
where changed.known
    and changed.record_type = raw_record.record_type
    and changed.accession = raw_record.accession
