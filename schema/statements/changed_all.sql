-- Every record whose rows, children and texts are to be written anew (or, for a vanished run, removed).
create or replace temp table changed_record as
select 'study' as record_type, accession, known from changed_study
union all select 'submission', accession, known from changed_submission
union all select 'organization', accession, known from changed_organization
union all select 'sample', accession, known from changed_sample
union all select 'experiment', accession, known from changed_experiment
union all select 'run', accession, known from changed_run
union all select 'run', accession, true from vanished_run
