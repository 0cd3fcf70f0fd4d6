-- What may have changed, and what could not be had the last time.
select uid, accession, update_date, fetched_at
from known_uid
where uid in (select uid from staged_touched)
    or uid in (select uid from problem where search_id = $search_id and uid is not null)
order by uid
