create view {view} as
{select}
