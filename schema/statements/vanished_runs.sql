-- Runs that an experiment's package held before and holds no longer.
create or replace temp table vanished_run as
select run.accession
from run
join changed_experiment on changed_experiment.accession = run.experiment_accession
join staged_experiment on staged_experiment.accession = changed_experiment.accession
where changed_experiment.known
    and staged_experiment.origin = 'package'
    and run.origin = 'package'
    and not exists (select 1 from staged_run where staged_run.accession = run.accession)
