-- How many experiments there are of each organism, whichever organism is chosen; the most frequent ones.
select d.name as value, null as title, c.experiments
from (
    select e.organism_no, count(*) as experiments
    from chosen_experiment(null, $strategy, $study, $search) e
    where
        not $by_entity
        or e.experiment_no in (
            select experiment_no
            from chosen_seen($type, $annotator, null, $strategy, $study, $score, $q, $mask, $search)
            where $by_entity)
    group by e.organism_no
) c
join x_organism d on d.organism_no = c.organism_no
order by c.experiments desc, value
limit 100
