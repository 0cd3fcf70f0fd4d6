-- Shared records whose speaker changes: none before, or a package of a higher accession now.
create or replace temp table changed_source as
select staged.record_type, staged.accession, staged.package_accession
from staged_record_source as staged
left join record_source as stored
    on stored.record_type = staged.record_type and stored.accession = staged.accession
where stored.accession is null
    or (length(staged.package_accession), staged.package_accession)
        > (length(stored.package_accession), stored.package_accession)
