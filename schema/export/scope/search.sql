-- The searches of this name, of whatever kind.
create temp table scope_search as
select search_id from search where name = $search
