-- title: Entities by library strategy
-- grain: one row per library strategy and entity
-- description: experiment_count counts the experiments of the strategy that name the entity in their own texts,
--   their samples' or their runs', share is its part of all experiments of the strategy.
-- uses: experiment_entity
-- param: strategy text = '' library strategy such as RNA-Seq, '' for all
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: minimum integer = 1 experiments that have to name the entity
-- param: limit integer = 1000 rows at most
with strategy_size as (
    select library_strategy, count(*) as experiment_total
    from experiment
    where library_strategy is not null and ($strategy = '' or library_strategy = $strategy)
    group by library_strategy
),
found as (
    select x.library_strategy, e.entity_id, count(*) as experiment_count
    from experiment x
    join experiment_entity e on e.experiment_accession = x.accession
    group by x.library_strategy, e.entity_id
)
select
    f.library_strategy, e.entity_type, e.name, e.entity_id, f.experiment_count, z.experiment_total,
    cast(f.experiment_count as double) / z.experiment_total as share
from found f
join strategy_size z on z.library_strategy = f.library_strategy
join entity e on e.entity_id = f.entity_id
where f.experiment_count >= $minimum and ($type = '' or e.entity_type = $type)
order by f.experiment_count desc, f.library_strategy, e.entity_type, e.name
limit $limit
