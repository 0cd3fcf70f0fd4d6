-- The XML of every experiment is kept.
select accession as example
from experiment
where accession not in (select accession from raw_record where record_type in ('package', 'experiment'))
