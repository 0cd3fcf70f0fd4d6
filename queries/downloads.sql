-- title: Where to download every run
-- grain: one row per run
-- description: One direct https link per run that needs no account, with size and md5 of the file behind it.
--   link_source says who serves it; the AWS open data address is worked out from the accession and has no md5.
-- uses: run_link, experiment_in_search
-- param: search text = '' name of a search, '' for all
select
    r.accession as run_accession,
    r.experiment_accession,
    e.study_accession,
    k.url,
    k.size,
    k.md5,
    k.file_name,
    k.link_source
from run r
join run_link k on k.run_accession = r.accession
left join experiment e on e.accession = r.experiment_accession
where $search = '' or r.experiment_accession in (select s.accession from experiment_in_search s)
order by e.study_accession, r.experiment_accession, r.accession
