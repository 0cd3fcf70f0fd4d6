select scientific_name, count(*) as samples
from sample
group by scientific_name
order by samples desc, scientific_name
