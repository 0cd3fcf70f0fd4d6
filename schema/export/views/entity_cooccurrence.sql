-- What the saved view gives, from counts that DuckDB made: entity_pair, entity_unit_count, entity_unit_total.
with counted as (
    select
        a.entity_type as type_a, a.name as name_a, a.entity_id as entity_a,
        b.entity_type as type_b, b.name as name_b, b.entity_id as entity_b,
        p.unit_count, ca.unit_count as count_a, cb.unit_count as count_b,
        cast(p.unit_count as double) * t.unit_total / (cast(ca.unit_count as double) * cb.unit_count) as lift,
        p.example_1, p.example_2, p.text_id_1, p.text_id_2
    from entity_pair p
    join entity_unit_total t on t.level = p.level
    join entity_unit_count ca on ca.level = p.level and ca.entity_id = p.entity_a
    join entity_unit_count cb on cb.level = p.level and cb.entity_id = p.entity_b
    join entity a on a.entity_id = p.entity_a
    join entity b on b.entity_id = p.entity_b
    where p.level = $level and p.unit_count >= $minimum
    order by p.unit_count desc, a.entity_type, a.name, a.entity_id, b.entity_type, b.name, b.entity_id
    limit $limit
)
select
    c.type_a, c.name_a, c.type_b, c.name_b, c.unit_count, c.count_a, c.count_b, c.lift,
    ln(c.lift) / ln(cast(2 as double)) as pmi,
    c.example_1, c.example_2,
    substring(x.content, 1, 300) as text_1,
    substring(y.content, 1, 300) as text_2
from counted c
left join text x on x.text_id = c.text_id_1
left join text y on y.text_id = c.text_id_2
order by c.unit_count desc, c.type_a, c.name_a, c.entity_a, c.type_b, c.name_b, c.entity_b
