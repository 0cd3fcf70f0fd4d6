-- The texts of some records, in the order in which a reader meets them.
select f.record_type, f.accession, f.field, f.position, t.tag, t.text_id, t.content
from field_text f
join text t on t.text_id = f.text_id
where
    f.accession in (select unnest($accessions))  -- said once more: of this, Parquet can make use
    and (f.record_type, f.accession) in (select (unnest($kinds), unnest($accessions)))
order by case when f.field = 'attribute' then 1 else 0 end, f.position, f.field
