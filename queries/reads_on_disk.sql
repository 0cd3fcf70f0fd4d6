-- title: Reads that were fetched to this disk
-- grain: one row per file
-- description: Files that `alembic-db fetch` has fetched and found to be what was announced, with what their run,
--   experiment and sample say. verified is false where nobody announced a checksum to compare with; md5 is that of the
--   file in any case. A file that was deleted since is listed until its run is fetched again.
-- uses: runs
select
    d.run_accession,
    r.experiment_accession,
    r.study_accession,
    r.sample_accession,
    r.scientific_name,
    r.library_strategy,
    r.library_layout,
    d.kind,
    d.source,
    d.path,
    d.size,
    d.md5,
    d.verified,
    d.finished_at
from download d
left join runs r on r.run_accession = d.run_accession
order by d.run_accession, d.path
