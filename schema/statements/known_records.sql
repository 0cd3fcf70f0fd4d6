-- Of the records about to be read: those stored with the very same XML.
select staged.record_type, staged.accession
from staged_key as staged
join raw_record as stored
    on stored.record_type = staged.record_type
    and stored.accession = staged.accession
    and stored.content_hash = staged.content_hash
