-- Studies, samples or runs by words in their title or by accession, one page of them.
select
    x.accession, x.title, x.alias, count(*) over () as total
from {table} x
where $words is null or x.accession = upper($words) or contains(lower(x.title), lower($words))
order by x.accession
limit $limit offset $offset
