-- About $spans spans on words of the store's own texts, spread as words are; for bench_pages.py.
create temp table word as
with cut as (
    select text_id, unnest(string_split(content, ' ')) as word, generate_subscripts(string_split(content, ' '), 1) as place
    from text
    where commit_seq > 0
),
placed as (
    select
        text_id, word,
        cast(sum(length(word) + 1) over (partition by text_id order by place) - length(word) - 1 as bigint) as start_offset
    from cut
)
select *
from placed
where length(word) > 2
order by hash(text_id, start_offset)
limit $spans;

insert into entity_span by name
select
    text_id, 1000 as annotator_id, start_offset, start_offset + length(word) as end_offset,
    ['Gene', 'Disease', 'Chemical', 'Species', 'Variant', 'CellLine'][1 + cast(hash(lower(word)) % 6 as bigint)] as entity_type,
    word as mention, cast(hash(lower(word)) >> 1 as bigint) as entity_id,
    (hash(start_offset) % 100) / 100.0 as score, (select max(commit_seq) + 1 from store_commit) as commit_seq
from word;

insert into entity by name
select distinct
    entity_id, entity_type, lower(mention) as name, commit_seq
from entity_span
where annotator_id = 1000;

insert into annotator by name
select 1000 as annotator_id, 'made' as name, '1' as version, 'Gene' as entity_types, max(commit_seq) + 1 as commit_seq
from store_commit;

insert into store_commit
select max(commit_seq) + 1, now()::timestamp, 'annotate', 'made', 1, 0, 0 from store_commit;
