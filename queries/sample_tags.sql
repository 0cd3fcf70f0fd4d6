-- title: The tags of sample attributes that hold text
-- grain: one row per tag
-- kind: internal
select tag, count(*) as sample_count
from sample_attribute
where tag is not null and value is not null
group by tag
order by sample_count desc, tag
