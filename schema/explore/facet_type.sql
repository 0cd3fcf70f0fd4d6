-- How many experiments name an entity of each type, whatever type is chosen.
select entity_type as value, null as title, count(*) as experiments
from chosen_seen(null, $annotator, $organism, $strategy, $study, $score, $q, $mask, $search)
group by entity_type
order by experiments desc, value
