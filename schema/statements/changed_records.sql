-- Which staged {table} rows are new or say something else than the stored ones.
-- A plain object (ENA, metadata dump) states less than NCBI's package of the same record: it never replaces one.
create or replace temp table changed_{table} as
select
    staged.accession,
    coalesce(stored.created_at, cast($now as timestamp)) as created_at,
    stored.accession is not null as known
from staged_{table} as staged
left join {table} as stored on stored.accession = staged.accession
where stored.accession is null
    or (
        stored.content_hash <> staged.content_hash
        and not (stored.origin = 'package' and staged.origin = 'object')
    )
