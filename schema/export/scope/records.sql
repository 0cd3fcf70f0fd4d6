-- What belongs to these searches: the experiments they found, and all that those stand on or that stands on them.
create table whole.scope_record as
with hit as (
    select distinct experiment_accession as accession
    from search_hit
    where search_id in (select search_id from whole.scope_search)
),
found as (
    select e.* from experiment e join hit h on h.accession = e.accession
)
select 'experiment' as record_type, accession from hit
union
select 'package', accession from hit
union
select 'study', study_accession from found
union
select 'submission', submission_accession from found
union
select 'organization', organization_accession from found
union
select 'sample', sample_accession from found
union
select 'sample', m.sample_accession from experiment_sample m join hit h on h.accession = m.experiment_accession
union
select 'run', r.accession from run r join hit h on h.accession = r.experiment_accession
union
select 'sample', m.sample_accession
from run_sample m
join run r on r.accession = m.run_accession
join hit h on h.accession = r.experiment_accession
