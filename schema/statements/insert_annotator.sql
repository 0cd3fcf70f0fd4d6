insert into annotator by name
select
    coalesce((select max(annotator_id) from annotator), 0) + 1 as annotator_id,
    $name as name,
    $version as version,
    $entity_types as entity_types,
    cast($commit_seq as bigint) as commit_seq
returning annotator_id
