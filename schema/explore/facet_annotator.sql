-- How many experiments have an entity that each annotator found, whichever annotator is chosen.
select a.name as value, null as title, count(distinct f.experiment_no) as experiments
from x_annotator a
join x_fact f on f.annotator_no = a.annotator_no
where
    ($type is null or f.entity_type = $type)
    and ($score is null or f.score >= $score)
    and ($mask is null or f.fields & $mask <> 0)
    and ($q is null or f.entity_no in (select n.entity_no from x_entity n where contains(n.name, $q)))
    and f.experiment_no in (
        select experiment_no from chosen_experiment($organism, $strategy, $study, $search))
group by a.name
order by experiments desc, value
