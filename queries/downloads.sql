-- title: Where to download every run
-- grain: one row per file of a run
-- description: Direct links that need no account, with size and md5 of the file behind them. What `alembic-db links`
--   looked up comes before what the XML says (then one link per run). link_source says who serves it; the AWS open
--   data address is worked out from the accession and has no md5.
-- uses: run_link, looked_up_link, experiment_in_search
-- param: search text = '' name of a search, '' for all
select
    r.accession as run_accession,
    r.experiment_accession,
    e.study_accession,
    coalesce(q.url, k.url) as url,
    case when q.url is null then k.size else q.size end as size,
    case when q.url is null then k.md5 else q.md5 end as md5,
    case when q.url is null then k.file_name else q.file_name end as file_name,
    case q.source
        when 'ena' then 'ENA' when 'sra' then 'NCBI' when 'aws' then 'AWS' when 'gcp' then 'GCP'
        else k.link_source
    end as link_source
from run r
left join looked_up_link q on q.run_accession = r.accession
left join run_link k on k.run_accession = r.accession
left join experiment e on e.accession = r.experiment_accession
where $search = '' or r.experiment_accession in (select s.accession from experiment_in_search s)
order by e.study_accession, r.experiment_accession, r.accession, q.file_name, q.url
