-- title: The texts of a study and of its experiments, samples and runs
-- grain: one row per study and field that says a text
-- kind: internal
-- uses: experiment_text
select accession as study_accession, text_id
from field_text
where record_type = 'study'
union all
select e.study_accession, t.text_id
from experiment_text t
join experiment e on e.accession = t.experiment_accession
where e.study_accession is not null
