select count(*)
from lost."{table}" as l
where exists (select 1 from after."{table}" as r where {same} and {condition})
