-- Goes on after the steps of entity_cooccurrence.
example as (
    select text_id as unit_id, min(accession) as accession from field_text where $level = 'text' group by text_id
    union all
    select unit_id, accession from unit where $level <> 'text'
)
select
    $level as level, a.entity_id as entity_a, b.entity_id as entity_b, p.unit_count,
    a.unit_count as count_a, b.unit_count as count_b,
    x.accession as example_1,
    case when p.last_unit <> p.first_unit then y.accession end as example_2,
    case when $level = 'text' then p.first_unit end as text_id_1,
    case when $level = 'text' and p.last_unit <> p.first_unit then p.last_unit end as text_id_2
from pair p
join candidate a on a.place = p.place_a
join candidate b on b.place = p.place_b
left join example x on x.unit_id = p.first_unit
left join example y on y.unit_id = p.last_unit
