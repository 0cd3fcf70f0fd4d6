-- How many experiments there are of each strategy, whichever strategy is chosen; the most frequent ones.
select d.name as value, null as title, c.experiments
from (
    select e.strategy_no, count(*) as experiments
    from chosen_experiment($organism, null, $study, $search) e
    where
        not $by_entity
        or e.experiment_no in (
            select experiment_no
            from chosen_seen($type, $annotator, $organism, null, $study, $score, $q, $mask, $search)
            where $by_entity)
    group by e.strategy_no
) c
join x_strategy d on d.strategy_no = c.strategy_no
order by c.experiments desc, value
limit 100
