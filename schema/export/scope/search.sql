-- The searches of this name, of whatever kind.
create table whole.scope_search as
select search_id from search where name = $search
