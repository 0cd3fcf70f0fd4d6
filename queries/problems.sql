-- title: What could not be fetched, read or annotated
-- grain: one row per problem
-- description: The latest first, with the search that it belongs to.
-- param: search text = '' name of a search, '' for all
-- param: stage text = '' (''|resolve|fetch|parse|repair|annotate) stage, '' for all
select
    p.occurred_at, s.name as search, p.stage, p.accession, p.uid, p.source, p.message, p.counts_as_record
from problem p
left join search s on s.search_id = p.search_id
where ($search = '' or s.name = $search) and ($stage = '' or p.stage = $stage)
order by p.occurred_at desc, s.name, p.stage, p.accession, p.uid, p.message
