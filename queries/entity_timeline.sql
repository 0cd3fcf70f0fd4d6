-- title: Entities over time
-- grain: one row per period and entity
-- description: By the day on which a run was published. An experiment counts once in every period in which one of
--   its runs appeared; share is its part of all experiments of that period.
-- uses: experiment_entity
-- param: period text = year (year|month) length of a period
-- param: entity text = '' name of an entity, '' for all
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: minimum integer = 1 experiments of the period that have to name the entity
-- param: limit integer = 10000 rows at most
with appearance as (
    select distinct
        experiment_accession,
        case when $period = 'month' then strftime(published, '%Y-%m') else strftime(published, '%Y') end as period
    from run
    where published is not null
),
period_size as (
    select period, count(*) as experiment_total
    from appearance
    group by period
),
wanted as (
    select entity_id, entity_type, name
    from entity
    where ($entity = '' or name = $entity or name = lower($entity)) and ($type = '' or entity_type = $type)
),
found as (
    select a.period, e.entity_id, count(*) as experiment_count
    from appearance a
    join experiment_entity e on e.experiment_accession = a.experiment_accession
    group by a.period, e.entity_id
)
select
    f.period, w.entity_type, w.name, w.entity_id, f.experiment_count, z.experiment_total,
    cast(f.experiment_count as double) / z.experiment_total as share
from found f
join wanted w on w.entity_id = f.entity_id
join period_size z on z.period = f.period
where f.experiment_count >= $minimum
order by f.period, f.experiment_count desc, w.entity_type, w.name
limit $limit
