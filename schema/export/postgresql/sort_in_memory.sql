-- For the indexes of this transaction: 256 MB, or more where the server has been given more.
select set_config('maintenance_work_mem', greatest(cast(setting as bigint), 262144) || 'kB', true)
from pg_settings
where name = 'maintenance_work_mem'
