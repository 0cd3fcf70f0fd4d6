-- Texts that a changed record said before: those that nothing says any more are dropped at the end.
create or replace temp table released_text as
select distinct field_text.text_id
from field_text
join changed_record
    on changed_record.record_type = field_text.record_type
    and changed_record.accession = field_text.accession
where changed_record.known
