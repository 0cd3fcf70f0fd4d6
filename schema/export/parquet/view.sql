create or replace view "{name}" as
{query};
comment on view "{name}" is {comment};
