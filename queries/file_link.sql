-- title: Every known link of every run
-- grain: one row per file and place
-- description: What ENA and the data locator answered (read_link), what the XML says (run_file_location), and for
--   a public run with no open place the AWS open data address, which follows from its accession. access is NULL
--   where anyone may fetch.
-- kind: internal
with stated as (
    select
        f.run_accession, f.position as file_position, l.position as place_position, l.url, l.org,
        case when l.access_type = 'anonymous' then null else l.access_type end as access
    from run_file f
    join run_file_location l on l.run_accession = f.run_accession and l.file_position = f.position
    where l.url is not null
    union all
    select f.run_accession, f.position, -1, f.url, 'NCBI', null
    from run_file f
    where f.url is not null and not exists (
        select 1 from run_file_location l
        where l.run_accession = f.run_accession and l.file_position = f.position and l.url = f.url
    )
),
xml_link as (
    select
        s.run_accession,
        case
            when f.supertype is null or f.supertype <> 'Primary ETL' then 'original'
            when s.org = 'AWS' then 'aws'
            when s.org = 'GCP' then 'gcp'
            else 'sra'
        end as source,
        case
            when f.supertype is null or f.supertype <> 'Primary ETL' then 'submitted'
            when f.semantic_name = 'SRA Lite' then 'sra_lite'
            else 'sra'
        end as kind,
        s.url, f.filename as file_name, f.size, f.md5, s.access, s.file_position, s.place_position
    from stated s
    join run_file f on f.run_accession = s.run_accession and f.position = s.file_position
)
select
    run_accession, service, source, kind, url, file_name, size, md5, access, looked_up_at,
    0 as origin_rank, position, 0 as place_position
from read_link
union all
select
    run_accession, 'xml', source, kind, url, file_name, size, md5, access, null,
    1, file_position, place_position
from xml_link
union all
select
    r.accession, 'rule', 'aws', 'sra',
    'https://sra-pub-run-odp.s3.amazonaws.com/sra/' || r.accession || '/' || r.accession,
    r.accession, null, null, null, null, 2, 0, 0
from run r
where r.is_public
    and r.accession not in (
        select x.run_accession from xml_link x
        where x.kind = 'sra' and x.access is null and x.url like 'http%'
    )
