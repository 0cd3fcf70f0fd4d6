-- The newest first.
select uid from listed_uid where uid not in (select uid from known_uid) order by length(uid) desc, uid desc
