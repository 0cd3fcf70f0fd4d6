delete from record_source
using changed_source as changed
where changed.record_type = record_source.record_type and changed.accession = record_source.accession
