-- title: The best link of each file of a run, as ENA or the data locator gave it
-- grain: one row per file of a run
-- description: Only open addresses. ENA's FASTQ before the run as SRA keeps it, full base qualities before SRA
--   Lite; of several places of one file the first.
-- kind: internal
with open_link as (
    select
        run_accession, source, kind, url, file_name, size, md5, position,
        case
            when kind = 'fastq' then 0
            when kind = 'sra' then case source when 'sra' then 1 when 'aws' then 2 when 'gcp' then 3 else 4 end
            else 5
        end as preference
    from read_link
    where access is null and url like 'http%' and kind in ('fastq', 'sra', 'sra_lite')
),
best as (
    select run_accession, min(preference) as preference
    from open_link
    group by run_accession
),
ranked as (
    select
        o.run_accession, o.source, o.url, o.file_name, o.size, o.md5,
        row_number() over (partition by o.run_accession, o.file_name order by o.position, o.url) as place
    from open_link o
    join best b on b.run_accession = o.run_accession and b.preference = o.preference
)
select run_accession, source, url, file_name, size, md5
from ranked
where place = 1
