-- The entities that the filter leaves, the most frequent ones first, one page of them.
with counted as (
    select entity_no, count(*) as experiments, count(distinct study_no) as studies, max(score) as score
    from chosen_fact($type, $annotator, $organism, $strategy, $study, $score, $q, $mask, $search)
    group by entity_no
)
select
    cast(e.entity_id as varchar) as entity_id, e.entity_type, e.name, e.mention, e.concept_id, c.experiments, c.studies,
    round(cast(c.score as double), 3) as score, count(*) over () as total
from counted c
join x_entity e on e.entity_no = c.entity_no
order by
    case when $sort = 'name' then e.name end,
    case when $sort = 'type' then e.entity_type end,
    case when $sort = 'studies' then c.studies end desc,
    c.experiments desc, e.entity_type, e.name
limit $limit offset $offset
