-- title: What several annotators agree on
-- grain: one row per text and place that annotators mark with one type
-- description: At level overlap, spans of a type that overlap are one place, from its first character to its last; at
--   level exact only equal ones are. annotator_count says how many annotators mark it, reader_count how many have
--   read the text and find that type at all. best_start, best_end and mention are the span that most annotators
--   give, of equals the longest. Offsets are Unicode code points from 0, end exclusive.
-- uses: current_span
-- param: level text = overlap (overlap|exact) what is one place
-- param: mode text = union (union|majority|unanimous) marked by any, by more than half, or by all that could
-- param: minimum integer = 1 annotators that have to agree
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: limit integer = 10000 rows at most
with span as (
    select *
    from current_span
    where $type = '' or entity_type = $type
),
-- A place begins where no span that began before is still open.
inner_start as (
    select distinct s.text_id, s.entity_type, s.start_offset
    from span s
    join span o
        on o.text_id = s.text_id
        and o.entity_type = s.entity_type
        and o.start_offset < s.start_offset
        and o.end_offset > s.start_offset
),
outer_start as (
    select distinct s.text_id, s.entity_type, s.start_offset
    from span s
    join inner_start t on t.text_id = s.text_id and t.entity_type = s.entity_type
    left join inner_start i
        on i.text_id = s.text_id and i.entity_type = s.entity_type and i.start_offset = s.start_offset
    where i.text_id is null
),
inner_place as (
    select i.text_id, i.entity_type, i.start_offset, max(o.start_offset) as place_start
    from inner_start i
    join outer_start o
        on o.text_id = i.text_id and o.entity_type = i.entity_type and o.start_offset < i.start_offset
    group by i.text_id, i.entity_type, i.start_offset
),
placed as (
    select
        s.text_id, s.entity_type, s.start_offset, s.end_offset, s.annotator_id, s.mention, s.concept_id, s.score,
        case when $level = 'exact' then s.start_offset else coalesce(i.place_start, s.start_offset) end as place_start,
        case when $level = 'exact' then s.end_offset else 0 end as place_end
    from span s
    left join inner_place i
        on i.text_id = s.text_id and i.entity_type = s.entity_type and i.start_offset = s.start_offset
),
place as (
    select
        text_id, entity_type, place_start, place_end,
        min(start_offset) as start_offset,
        max(end_offset) as end_offset,
        count(distinct annotator_id) as annotator_count,
        count(*) as span_count,
        min(concept_id) as concept_id,
        max(score) as best_score
    from placed
    group by text_id, entity_type, place_start, place_end
    having count(distinct annotator_id) >= $minimum
),
writing as (
    select
        text_id, entity_type, place_start, place_end, start_offset, end_offset,
        min(mention) as mention,
        count(distinct annotator_id) as vote_count
    from placed
    group by text_id, entity_type, place_start, place_end, start_offset, end_offset
),
ranked as (
    select
        w.*,
        row_number() over (
            partition by w.text_id, w.entity_type, w.place_start, w.place_end
            order by w.vote_count desc, w.end_offset - w.start_offset desc, w.start_offset
        ) as choice
    from writing w
),
reader as (
    select t.text_id, t.entity_type, count(distinct a.name) as reader_count
    from (select distinct text_id, entity_type from place) t
    join annotation n on n.text_id = t.text_id
    join annotator a on a.annotator_id = n.annotator_id
    where ',' || a.entity_types || ',' like '%,' || t.entity_type || ',%'
    group by t.text_id, t.entity_type
),
judged as (
    select
        p.text_id, p.entity_type, p.start_offset, p.end_offset, w.mention, w.start_offset as best_start,
        w.end_offset as best_end, w.vote_count, p.annotator_count, p.span_count, p.concept_id, p.best_score,
        case
            when coalesce(r.reader_count, 0) < p.annotator_count then p.annotator_count else r.reader_count
        end as reader_count
    from place p
    join ranked w
        on w.text_id = p.text_id
        and w.entity_type = p.entity_type
        and w.place_start = p.place_start
        and w.place_end = p.place_end
        and w.choice = 1
    left join reader r on r.text_id = p.text_id and r.entity_type = p.entity_type
)
select
    j.text_id, x.tag, j.entity_type, j.mention, j.start_offset, j.end_offset, j.best_start, j.best_end,
    j.annotator_count, j.reader_count, j.vote_count, j.span_count, j.concept_id, j.best_score
from judged j
join text x on x.text_id = j.text_id
where
    $mode = 'union'
    or ($mode = 'majority' and 2 * j.annotator_count > j.reader_count)
    or ($mode = 'unanimous' and j.annotator_count = j.reader_count)
order by j.text_id, j.start_offset, j.end_offset, j.entity_type
limit $limit
