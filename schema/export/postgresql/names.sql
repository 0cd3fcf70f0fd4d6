select c.relname, case when c.relkind in ('v', 'm') then 'view' else 'table' end
from pg_class c
where c.relnamespace = to_regnamespace({schema}) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
