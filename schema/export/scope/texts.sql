create table whole.scope_text as
select distinct t.text_id
from field_text t
join whole.scope_record r on r.record_type = t.record_type and r.accession = t.accession
