-- $spans spans over 100,000 entities, the k-th most frequent named about 1/k as often as the first; a text has four
-- spans, a sample five texts, an experiment one sample, a study twenty experiments.
create temp table draw as
select
    n,
    n // 4 as text_number,
    cast(floor(power(100000.0, hash(n) / 18446744073709551616.0)) as bigint) as entity_number,
    cast(hash(n + 1000000007) % 200 as bigint) as start_offset
from range($spans) as numbers (n);

insert into entity_span by name
select
    cast(hash(text_number) >> 1 as bigint) as text_id,
    1 as annotator_id,
    start_offset,
    start_offset + 9 as end_offset,
    ['Gene', 'Disease', 'Chemical', 'Species', 'Variant', 'CellLine'][1 + entity_number % 6] as entity_type,
    'entity ' || entity_number as mention,
    cast(hash(entity_number + 7) >> 1 as bigint) as entity_id,
    1.0 as score,
    1 as commit_seq
from draw;

insert into entity by name
select distinct entity_id, entity_type, mention as name, 1 as commit_seq
from entity_span;

create temp table text_number as
select distinct text_number, cast(hash(text_number) >> 1 as bigint) as text_id
from draw;

insert into text by name
select text_id, 'Text number ' || text_number as content, 20 as char_count, 1 as commit_seq
from text_number;

insert into annotation by name
select text_id, 1 as annotator_id, 4 as span_count, timestamp '2024-01-01' as annotated_at, 1 as commit_seq
from text_number;

insert into annotator
values (1, 'synthetic', '1', 'Gene', 1);

insert into field_text by name
select
    'sample' as record_type,
    'SRS' || text_number // 5 as accession,
    'attribute' as field,
    text_number % 5 as position,
    text_id,
    1 as commit_seq
from text_number;

insert into sample by name
select
    accession, 'package' as origin, 'h' as content_hash, timestamp '2024-01-01' as created_at,
    timestamp '2024-01-01' as updated_at, 1 as commit_seq
from (select distinct accession from field_text);

insert into experiment by name
select
    replace(accession, 'SRS', 'SRX') as accession,
    'SRP' || cast(substring(accession, 4) as bigint) // 20 as study_accession,
    accession as sample_accession,
    origin, content_hash, created_at, updated_at, commit_seq
from sample;

insert into experiment_sample by name
select accession as experiment_accession, 0 as position, sample_accession, 1 as commit_seq
from experiment;

insert into study by name
select distinct study_accession as accession, origin, content_hash, created_at, updated_at, commit_seq
from experiment;

drop table draw;

drop table text_number
