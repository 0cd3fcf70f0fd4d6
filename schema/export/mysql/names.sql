select table_name, case when table_type like '%VIEW' then 'view' else 'table' end
from information_schema.tables
where table_schema = database()
