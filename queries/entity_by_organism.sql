-- title: Entities by organism
-- grain: one row per organism and entity
-- description: An organism is the scientific name that a sample states. experiment_count counts the experiments
--   with such a sample that name the entity, share is its part of all experiments with such a sample.
-- uses: experiment_entity
-- param: organism text = '' scientific name, '' for all
-- param: type text = '' (''|Gene|Disease|Chemical|Species|Variant|CellLine) entity type, '' for all
-- param: minimum integer = 1 experiments that have to name the entity
-- param: limit integer = 1000 rows at most
with organism_experiment as (
    select distinct s.scientific_name as organism, s.taxon_id, m.experiment_accession
    from sample s
    join experiment_sample m on m.sample_accession = s.accession
    where s.scientific_name is not null and ($organism = '' or s.scientific_name = $organism)
),
organism_size as (
    select organism, count(distinct experiment_accession) as experiment_total
    from organism_experiment
    group by organism
),
found as (
    select
        o.organism, min(o.taxon_id) as taxon_id, e.entity_id,
        count(distinct o.experiment_accession) as experiment_count
    from organism_experiment o
    join experiment_entity e on e.experiment_accession = o.experiment_accession
    group by o.organism, e.entity_id
)
select
    f.organism, f.taxon_id, e.entity_type, e.name, e.entity_id, f.experiment_count, z.experiment_total,
    cast(f.experiment_count as double) / z.experiment_total as share
from found f
join entity e on e.entity_id = f.entity_id
join organism_size z on z.organism = f.organism
where f.experiment_count >= $minimum and ($type = '' or e.entity_type = $type)
order by f.experiment_count desc, f.organism, e.entity_type, e.name
limit $limit
