select uid, accession, update_date, fetched_at
from known_uid
where uid in (select uid from staged_touched)
order by uid
