-- What becomes of the rows of a table. Rows are never changed in place: a key that has another commit is a changed row.
with before as (
    select {keys}, commit_seq as written from {before}
),
after as (
    select {keys}, commit_seq as written from {after}
)
select
    count(*) filter (where b.written is null) as inserted,
    count(*) filter (where b.written <> a.written) as updated,
    count(*) filter (where a.written is null) as deleted
from before b
full join after a using ({names})
