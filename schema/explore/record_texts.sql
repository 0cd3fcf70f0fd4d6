select f.field, f.position, t.tag, t.text_id, t.content
from field_text f
join text t on t.text_id = f.text_id
where f.record_type = $kind and f.accession = $accession
order by case when f.field = 'attribute' then 1 else 0 end, f.position, f.field
