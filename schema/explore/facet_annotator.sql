-- How many experiments have an entity that each annotator found, whichever annotator is chosen.
select a.name as value, null as title, count(distinct s.experiment_no) as experiments
from x_annotator a
join seen_of_any($type, $organism, $strategy, $study, $score, $q, $mask, $search) s on s.annotator_no = a.annotator_no
group by a.name
order by experiments desc, value
