-- title: How far annotators agree
-- grain: one row per pair of annotators and entity type
-- description: On the texts that both have read and the types that both can find. spans_a and spans_b are what each
--   marks there, exact what both mark with the same offsets, overlap_a and overlap_b how many of each meet one of the
--   other's. strict is 2 exact / (spans_a + spans_b), relaxed the same of those that meet: F1 of one taken as the
--   truth for the other.
-- uses: newer_reading, current_span
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: minimum integer = 1 spans that the two have to mark together
with reading as (
    select n.text_id, a.name as annotator, ',' || a.entity_types || ',' as entity_types
    from annotation n
    join annotator a on a.annotator_id = n.annotator_id
    left join newer_reading w on w.annotator_id = n.annotator_id and w.text_id = n.text_id
    where w.text_id is null
),
span as (
    select *
    from current_span
    where $type = '' or entity_type = $type
),
-- Every span is put before each other annotator that could have marked it.
shown as (
    select s.annotator, r.annotator as other, s.entity_type, count(*) as span_count
    from span s
    join reading r on r.text_id = s.text_id
    where r.annotator <> s.annotator and r.entity_types like '%,' || s.entity_type || ',%'
    group by s.annotator, r.annotator, s.entity_type
),
met_span as (
    select
        s.annotator, o.annotator as other, s.entity_type, s.text_id, s.start_offset, s.end_offset,
        max(case when o.start_offset = s.start_offset and o.end_offset = s.end_offset then 1 else 0 end) as is_exact
    from span s
    join span o
        on o.text_id = s.text_id
        and o.start_offset < s.end_offset
        and o.end_offset > s.start_offset
    where o.entity_type = s.entity_type and o.annotator <> s.annotator
    group by s.annotator, o.annotator, s.entity_type, s.text_id, s.start_offset, s.end_offset
),
met as (
    select annotator, other, entity_type, count(*) as overlap_count, cast(sum(is_exact) as bigint) as exact_count
    from met_span
    group by annotator, other, entity_type
),
-- One row a pair: what is shown from a to b and from b to a.
side as (
    select
        s.annotator as annotator_a, s.other as annotator_b, s.entity_type, s.span_count as spans_a, 0 as spans_b,
        coalesce(m.overlap_count, 0) as overlap_a, 0 as overlap_b, coalesce(m.exact_count, 0) as exact
    from shown s
    left join met m on m.annotator = s.annotator and m.other = s.other and m.entity_type = s.entity_type
    where s.annotator < s.other
    union all
    select
        s.other, s.annotator, s.entity_type, 0, s.span_count, 0, coalesce(m.overlap_count, 0),
        coalesce(m.exact_count, 0)
    from shown s
    left join met m on m.annotator = s.annotator and m.other = s.other and m.entity_type = s.entity_type
    where s.annotator > s.other
),
pair as (
    select
        annotator_a, annotator_b, entity_type,
        cast(sum(spans_a) as bigint) as spans_a,
        cast(sum(spans_b) as bigint) as spans_b,
        max(exact) as exact,
        cast(sum(overlap_a) as bigint) as overlap_a,
        cast(sum(overlap_b) as bigint) as overlap_b
    from side
    group by annotator_a, annotator_b, entity_type
)
select
    annotator_a, annotator_b, entity_type, spans_a, spans_b, exact, overlap_a, overlap_b,
    cast(2 * exact as double) / (spans_a + spans_b) as strict,
    cast(overlap_a + overlap_b as double) / (spans_a + spans_b) as relaxed
from pair
where spans_a + spans_b >= $minimum
order by annotator_a, annotator_b, entity_type
