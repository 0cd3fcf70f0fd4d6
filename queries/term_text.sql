-- title: The texts of chosen fields
-- grain: one row per text
-- description: DuckDB only. field_count says how many of the chosen fields of records have the text.
-- kind: internal
-- uses: experiment_in_search
-- param: search text = '' name of a search, '' for all
-- param: fields text keys such as study.title or attribute:tissue, parted by the character U+001F; '' for all
with chosen as (
    select distinct unnest(string_split($fields, chr(31))) as field_key
),
record_in_search as (
    select 'experiment' as record_type, accession
    from experiment_in_search
    union
    select 'study', e.study_accession
    from experiment e
    join experiment_in_search f on f.accession = e.accession
    union
    select 'sample', m.sample_accession
    from experiment_sample m
    join experiment_in_search f on f.accession = m.experiment_accession
    union
    select 'run', r.accession
    from run r
    join experiment_in_search f on f.accession = r.experiment_accession
)
select t.text_id, t.content, count(*) as field_count
from field_text f
join text t on t.text_id = f.text_id
left join record_in_search r on r.record_type = f.record_type and r.accession = f.accession
where
    ($search = '' or r.accession is not null)
    and (
        $fields = ''
        or case
            when f.field = 'attribute' then 'attribute:' || t.tag
            else f.record_type || '.' || f.field
        end in (select c.field_key from chosen c)
    )
group by t.text_id, t.content
order by t.text_id
