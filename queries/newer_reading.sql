-- title: Which texts a newer version of an annotator has read
-- grain: one row per older annotator and text
-- kind: internal
select o.annotator_id, n.text_id
from annotator o
join annotator w on w.name = o.name and w.annotator_id > o.annotator_id
join annotation n on n.annotator_id = w.annotator_id
group by o.annotator_id, n.text_id
