-- How many experiments there are of each study, whichever study is chosen; the most frequent ones.
select d.accession as value, d.title as title, c.experiments
from (
    select e.study_no, count(*) as experiments
    from chosen_experiment($organism, $strategy, null, $search) e
    where
        not $by_entity
        or e.experiment_no in (
            select experiment_no
            from chosen_seen($type, $annotator, $organism, $strategy, null, $score, $q, $mask, $search)
            where $by_entity)
    group by e.study_no
) c
join x_study d on d.study_no = c.study_no
order by c.experiments desc, value
limit 100
