-- Every hit of a search is a stored experiment.
select search_id || ' ' || experiment_accession as example
from search_hit
where experiment_accession not in (select accession from experiment)
    or search_id not in (select search_id from search)
