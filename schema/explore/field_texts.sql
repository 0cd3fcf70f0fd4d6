-- The texts that experiments, their studies, samples and runs say in some fields.
select distinct
    e.accession as experiment_accession, field_name(f.record_type, f.field, t.tag) as field, t.tag, f.position,
    t.text_id, t.content
from x_experiment e
join x_speaker s on s.experiment_no = e.experiment_no
join field_text f on f.record_type = s.record_type and f.accession = s.accession
join text t on t.text_id = f.text_id
where
    e.accession in (select unnest($accessions))
    and field_name(f.record_type, f.field, t.tag) in (select unnest($fields))
order by e.accession, field, f.position, t.text_id
