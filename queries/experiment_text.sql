-- title: The texts of an experiment, of its samples and of its runs
-- grain: one row per experiment and field that says a text
-- kind: internal
select accession as experiment_accession, text_id
from field_text
where record_type = 'experiment'
union all
select m.experiment_accession, t.text_id
from field_text t
join experiment_sample m on m.sample_accession = t.accession
where t.record_type = 'sample'
union all
select r.experiment_accession, t.text_id
from field_text t
join run r on r.accession = t.accession
where t.record_type = 'run' and r.experiment_accession is not null
