-- title: The best direct link of every run
-- grain: one row per run
-- description: Only https links that need no account. The run as SRA keeps it comes before what was submitted,
--   full base qualities before SRA Lite, NCBI before others, free egress before paid. Where a public run has no
--   such link, its address in the AWS open data registry stands in.
-- kind: internal
with place as (
    select
        f.run_accession, f.position as file_position, l.position as location_position, l.url,
        coalesce(l.org, 'file') as link_source,
        case
            when l.org = 'NCBI' and l.free_egress = 'worldwide' then 0
            when l.free_egress = 'worldwide' then 1
            else 2
        end as place_rank
    from run_file f
    join run_file_location l on l.run_accession = f.run_accession and l.file_position = f.position
    where l.url like 'https://%' and coalesce(l.access_type, 'anonymous') = 'anonymous'
    union all
    select run_accession, position, -1, url, 'file', 3
    from run_file
    where url like 'https://%'
),
ranked as (
    select
        p.run_accession, p.url, p.link_source, f.filename, f.size, f.md5, f.semantic_name,
        row_number() over (
            partition by p.run_accession
            order by
                case
                    when f.supertype is null or f.supertype <> 'Primary ETL' then 2
                    when f.semantic_name = 'SRA Lite' then 1
                    else 0
                end,
                p.place_rank, p.file_position, p.location_position
        ) as choice
    from place p
    join run_file f on f.run_accession = p.run_accession and f.position = p.file_position
),
open_data as (
    select
        r.accession as run_accession,
        case
            when r.is_public then
                'https://sra-pub-run-odp.s3.amazonaws.com/sra/' || r.accession || '/' || r.accession
        end as url
    from run r
)
select
    o.run_accession,
    coalesce(k.url, o.url) as url,
    case when k.url is null then r.size else k.size end as size,
    k.md5,
    case when k.url is not null then k.filename when o.url is not null then o.run_accession end as file_name,
    case when k.url is not null then k.link_source when o.url is not null then 'AWS open data' end as link_source
from open_data o
join run r on r.accession = o.run_accession
left join ranked k on k.run_accession = o.run_accession and k.choice = 1
