select
    (select count(*) from experiment) as experiments,
    (select count(*) from study) as studies,
    (select count(*) from sample) as samples,
    (select count(*) from run) as runs,
    (select count(*) from entity_span) as spans,
    (select count(*) from x_entity) as entities
