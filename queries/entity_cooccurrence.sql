-- title: Entities found together
-- grain: one row per pair of entities
-- description: A pair counts once per text, sample (its own texts and attributes), experiment (with its samples
--   and runs) or study (with all of these), however many annotators found it. lift is how much more often the two
--   meet than if they were independent, pmi its logarithm to base 2, over all units that an annotator has read.
--   example_1 and example_2 are records that name both, with the text where level is text.
-- uses: experiment_text, study_text, counted_span
-- param: level text = text (text|sample|experiment|study) where both have to be named
-- param: type_a text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) type of the first, '' for all
-- param: type_b text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) type of the second, '' for all
-- param: annotator text = '' name of an annotator, whose every span then counts
-- param: minimum integer = 5 units that have to name both
-- param: sort text = count (count|lift) what comes first
-- param: limit integer = 100 rows at most
with chosen_annotator as (
    select annotator_id from annotator where $annotator = '' or name = $annotator
),
span as (
    select s.text_id, s.entity_id
    from counted_span s
    where $annotator = '' and ($type_a = '' or $type_b = '' or s.entity_type in ($type_a, $type_b))
    union all
    select s.text_id, s.entity_id
    from entity_span s
    where
        $annotator <> ''
        and s.annotator_id in (select c.annotator_id from chosen_annotator c)
        and ($type_a = '' or $type_b = '' or s.entity_type in ($type_a, $type_b))
),
read_text as (
    select distinct text_id
    from annotation
    where $annotator = '' or annotator_id in (select c.annotator_id from chosen_annotator c)
),
-- Records get integers, because the pairs are many and integers are grouped faster than accessions.
unit as (
    select accession, row_number() over (order by accession) as unit_id from sample where $level = 'sample'
    union all
    select accession, row_number() over (order by accession) as unit_id from experiment where $level = 'experiment'
    union all
    select accession, row_number() over (order by accession) as unit_id from study where $level = 'study'
),
record_text as (
    select accession, text_id from field_text where $level = 'sample' and record_type = 'sample'
    union all
    select experiment_accession, text_id from experiment_text where $level = 'experiment'
    union all
    select study_accession, text_id from study_text where $level = 'study'
),
unit_text as (
    select distinct u.unit_id, t.text_id
    from record_text t
    join unit u on u.accession = t.accession
),
unit_total as (
    select count(*) as total from read_text where $level = 'text'
    union all
    select count(distinct u.unit_id)
    from unit_text u
    join read_text t on t.text_id = u.text_id
    where $level <> 'text'
),
member as (
    select distinct text_id as unit_id, entity_id from span where $level = 'text'
    union all
    select distinct u.unit_id, s.entity_id
    from span s
    join unit_text u on u.text_id = s.text_id
    where $level <> 'text'
),
-- No pair is more frequent than its rarer entity: what is too rare leaves before the pairs are made.
frequent as (
    select entity_id, count(*) as unit_count
    from member
    group by entity_id
    having count(*) >= $minimum
),
-- The left joins from here on are inner joins in effect: what has no partner is dropped in WHERE. SQLite guesses that
-- a GROUP BY gives few rows and would compare all with all in a plain join; in these it looks up an index.
-- Entities of type_a come first and those of type_b last, so that each pair is made once and the right way round.
candidate as (
    select
        e.entity_id, f.unit_count, e.entity_type, e.name,
        cast(row_number() over (
            order by
                case when e.entity_type = $type_a then 0 else 1 end,
                case when e.entity_type = $type_b then 1 else 0 end,
                e.entity_type, e.name, e.entity_id
        ) as bigint) as place
    from entity e
    left join frequent f on f.entity_id = e.entity_id
    where coalesce(f.unit_count, 0) > 0
),
placed as (
    select m.unit_id, c.place, c.entity_type
    from member m
    left join candidate c on c.entity_id = m.entity_id
    where coalesce(c.place, 0) > 0
),
-- Both places in one integer: one key is grouped faster than two.
packed_pair as (
    select
        a.place * 4294967296 + b.place as places, count(*) as unit_count,
        min(a.unit_id) as first_unit, max(a.unit_id) as last_unit
    from placed a
    join placed b on b.unit_id = a.unit_id and a.place < b.place
    where ($type_a = '' or a.entity_type = $type_a) and ($type_b = '' or b.entity_type = $type_b)
    group by a.place * 4294967296 + b.place
    having count(*) >= $minimum
),
pair as (
    select
        cast(cast(places - places % 4294967296 as double) / 4294967296 as bigint) as place_a,
        places % 4294967296 as place_b, unit_count, first_unit, last_unit
    from packed_pair
),
measured as (
    select
        p.place_a, p.place_b, p.unit_count, p.first_unit, p.last_unit,
        a.entity_type as type_a, a.name as name_a, a.unit_count as count_a,
        b.entity_type as type_b, b.name as name_b, b.unit_count as count_b,
        cast(p.unit_count as double) * nullif(t.total, 0) / (cast(a.unit_count as double) * b.unit_count) as lift
    from candidate a
    left join pair p on p.place_a = a.place
    left join candidate b on b.place = p.place_b
    cross join (select sum(total) as total from unit_total) t
    where coalesce(p.unit_count, 0) > 0
),
top_pair as (
    select *
    from measured
    order by case when $sort = 'lift' then lift else unit_count end desc, unit_count desc, place_a, place_b
    limit $limit
),
-- Which record, and at level text which text, stands behind a unit of the rows that are left.
example_unit as (
    select first_unit as unit_id from top_pair
    union
    select last_unit from top_pair
),
example as (
    select x.unit_id, min(f.accession) as accession, min(t.content) as content
    from example_unit x
    join text t on t.text_id = x.unit_id
    left join field_text f on f.text_id = t.text_id
    where $level = 'text'
    group by x.unit_id
    union all
    select x.unit_id, u.accession, null
    from example_unit x
    join unit u on u.unit_id = x.unit_id
    where $level <> 'text'
)
select
    p.type_a, p.name_a, p.type_b, p.name_b, p.unit_count, p.count_a, p.count_b, p.lift,
    ln(p.lift) / ln(cast(2 as double)) as pmi,
    x.accession as example_1,
    case when p.last_unit <> p.first_unit then y.accession end as example_2,
    substring(x.content, 1, 300) as text_1,
    case when p.last_unit <> p.first_unit then substring(y.content, 1, 300) end as text_2
from top_pair p
left join example x on x.unit_id = p.first_unit
left join example y on y.unit_id = p.last_unit
order by case when $sort = 'lift' then p.lift else p.unit_count end desc, p.unit_count desc, p.place_a, p.place_b
