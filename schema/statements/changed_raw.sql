create or replace temp table changed_raw_record as
select staged.record_type, staged.accession, stored.accession is not null as known
from staged_raw_record as staged
left join raw_record as stored
    on stored.record_type = staged.record_type and stored.accession = staged.accession
where stored.accession is null or stored.content_hash <> staged.content_hash
