-- The UIDs that a search lists.
create or replace temp table listed_uid (uid varchar not null)
