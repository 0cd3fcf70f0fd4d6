-- Which staged {table} rows are new or say something else than the stored ones.
-- A plain object (ENA, metadata dump) states less than NCBI's package of the same record and never replaces one;
-- of the packages that state a shared record, the one of the highest accession speaks for it (record_source).
create or replace temp table changed_{table} as
select
    staged.accession,
    coalesce(stored.created_at, cast($now as timestamp)) as created_at,
    stored.accession is not null as known
from staged_{table} as staged
left join {table} as stored on stored.accession = staged.accession
left join staged_record_source as speaks
    on speaks.record_type = '{table}' and speaks.accession = staged.accession
left join record_source as spoke
    on spoke.record_type = '{table}' and spoke.accession = staged.accession
where stored.accession is null
    or (
        stored.content_hash <> staged.content_hash
        and not (stored.origin = 'package' and staged.origin = 'object')
        and (
            spoke.accession is null
            or (length(speaks.package_accession), speaks.package_accession)
                >= (length(spoke.package_accession), spoke.package_accession)
        )
    )
