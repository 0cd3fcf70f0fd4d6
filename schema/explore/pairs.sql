-- Which of the most frequent entities of two types are named by the same experiments, and by how many.
with top_a as materialized (
    select entity_no, count(*) as experiments
    from chosen_fact($type_a, $annotator, $organism, $strategy, $study, $score, $q, $mask, $search)
    group by entity_no
    order by experiments desc, entity_no
    limit $top
),
top_b as materialized (
    select entity_no, count(*) as experiments
    from chosen_fact($type_b, $annotator, $organism, $strategy, $study, $score, $q, $mask, $search)
    group by entity_no
    order by experiments desc, entity_no
    limit $top
),
met as (
    select a.entity_no as a_no, b.entity_no as b_no, count(*) as experiments
    from chosen_fact($type_a, $annotator, $organism, $strategy, $study, $score, $q, $mask, $search) a
    join chosen_fact($type_b, $annotator, $organism, $strategy, $study, $score, $q, $mask, $search) b
        on b.experiment_no = a.experiment_no and b.entity_no <> a.entity_no
    where
        a.entity_no in (select t.entity_no from top_a t)
        and b.entity_no in (select t.entity_no from top_b t)
    group by a.entity_no, b.entity_no
)
select
    cast(x.entity_id as varchar) as id_a, x.entity_type as type_a, x.name as name_a, ta.experiments as experiments_a,
    cast(y.entity_id as varchar) as id_b, y.entity_type as type_b, y.name as name_b, tb.experiments as experiments_b, m.experiments
from met m
join top_a ta on ta.entity_no = m.a_no
join top_b tb on tb.entity_no = m.b_no
join x_entity x on x.entity_no = m.a_no
join x_entity y on y.entity_no = m.b_no
order by m.experiments desc, ta.experiments desc, tb.experiments desc, x.name, y.name
