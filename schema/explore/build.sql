-- What the pages count with: small integer tables made once for each published snapshot, in memory, so that every
-- filter is a scan of integers. Experiments are the unit: an entity is counted once for each experiment whose own
-- texts, samples, runs or study name it, however many annotators found it there.
create table x_organism as
select row_number() over (order by count(*) desc, name) as organism_no, name
from (select coalesce(scientific_name, 'not stated') as name from sample)
group by name;

create table x_strategy as
select row_number() over (order by count(*) desc, name) as strategy_no, name
from (select coalesce(library_strategy, 'not stated') as name from experiment)
group by name;

create table x_study as
select row_number() over (order by accession) as study_no, accession, title
from (
    select accession, title from study
    union all
    select distinct e.study_accession, null
    from experiment e
    where e.study_accession is not null
        and not exists (select 1 from study s where s.accession = e.study_accession)
);

create table x_experiment as
with pool as (
    select experiment_accession, arg_min(sample_accession, position) as sample_accession
    from experiment_sample
    where sample_accession is not null
    group by experiment_accession
)
select
    cast(row_number() over (order by e.accession) as integer) as experiment_no,
    e.accession,
    coalesce(e.sample_accession, p.sample_accession) as sample_accession,
    cast(coalesce(t.study_no, 0) as integer) as study_no,
    cast(coalesce(o.organism_no, 0) as integer) as organism_no,
    cast(coalesce(g.strategy_no, 0) as integer) as strategy_no
from experiment e
left join pool p on p.experiment_accession = e.accession
left join sample s on s.accession = coalesce(e.sample_accession, p.sample_accession)
left join x_study t on t.accession = e.study_accession
left join x_organism o on o.name = coalesce(s.scientific_name, 'not stated')
left join x_strategy g on g.name = coalesce(e.library_strategy, 'not stated');

create table x_search as
select search_id, name, kind from search;

create table x_hit as
select h.search_id, e.experiment_no
from search_hit h
join x_experiment e on e.accession = h.experiment_accession;

-- Whose texts speak of an experiment: its own, its samples', its runs', its study's.
create table x_speaker as
select 'experiment' as record_type, accession, experiment_no
from x_experiment
union all
select 'sample', m.sample_accession, e.experiment_no
from experiment_sample m
join x_experiment e on e.accession = m.experiment_accession
where m.sample_accession is not null
union all
select 'run', r.accession, e.experiment_no
from run r
join x_experiment e on e.accession = r.experiment_accession
union all
select 'study', s.accession, e.experiment_no
from x_study s
join x_experiment e on e.study_no = s.study_no;

create macro field_name(record_type, field, tag) as
record_type || case when field = 'attribute' then '.attribute:' || coalesce(tag, '') else '.' || field end;

-- Fields by how many records fill them: each is one bit of a mask, the rarest share the last one.
create table x_field as
select least(row_number() over (order by uses desc, name) - 1, 61) as field_no, name, uses
from (
    select field_name(f.record_type, f.field, t.tag) as name, count(*) as uses
    from field_text f
    join text t on t.text_id = f.text_id
    group by 1
);

create temp table text_use as
select s.experiment_no, f.text_id, cast(1 as bigint) << x.field_no as field_bit
from field_text f
join text t on t.text_id = f.text_id
join x_field x on x.name = field_name(f.record_type, f.field, t.tag)
join x_speaker s on s.record_type = f.record_type and s.accession = f.accession
where exists (select 1 from entity_span p where p.text_id = f.text_id);

create table x_annotator as
select row_number() over (order by name) as annotator_no, name
from (select distinct annotator as name from x_current);

create table x_entity as
select
    cast(row_number() over (order by e.entity_type, e.name) as integer) as entity_no, e.entity_id, e.entity_type, e.name,
    m.mention, m.concept_id
from (select distinct entity_id, entity_type, name from entity) e
join (
    select entity_id, mode(mention) as mention, min(concept_id) as concept_id
    from entity_span
    group by entity_id
) m on m.entity_id = e.entity_id;

-- annotator_no 0 stands for all of them together: one reading of each place, as all saved views count.
create temp table text_entity as
select
    s.text_id, e.entity_no, e.entity_type, cast(x.annotator_no as integer) as annotator_no, max(s.score) as score
from x_current s
join x_entity e on e.entity_id = s.entity_id
join x_annotator x on x.name = s.annotator
group by all
union all
select s.text_id, e.entity_no, e.entity_type, 0, max(s.score)
from x_counted s
join x_entity e on e.entity_id = s.entity_id
group by all;

create table x_fact as
select
    t.annotator_no, t.entity_type, t.entity_no, e.experiment_no, e.study_no, e.organism_no, e.strategy_no,
    cast(max(t.score) as float) as score, bit_or(u.field_bit) as fields
from text_use u
join text_entity t on t.text_id = u.text_id
join x_experiment e on e.experiment_no = u.experiment_no
group by all
order by t.annotator_no, t.entity_no, e.experiment_no;

-- The same without the entity: which experiments have any of a type, by far fewer rows.
create table x_seen as
select
    annotator_no, entity_type, experiment_no, study_no, organism_no, strategy_no, max(score) as score,
    bit_or(fields) as fields
from x_fact
group by all
order by annotator_no, entity_type, experiment_no;

drop table text_use;
drop table text_entity;
drop table x_current;
drop table x_counted;

-- Whether an experiment, by its numbers, is among those of an organism, a strategy, a study and a search.
create macro is_among(organism, strategy, study, experiment, an_organism, a_strategy, a_study, a_search) as
    (an_organism is null or organism = (select o.organism_no from x_organism o where o.name = an_organism))
    and (a_strategy is null or strategy = (select g.strategy_no from x_strategy g where g.name = a_strategy))
    and (a_study is null or study = (select t.study_no from x_study t where t.accession = a_study))
    and (a_search is null or experiment in (
        select h.experiment_no from x_hit h join x_search q on q.search_id = h.search_id where q.name = a_search));

-- Facts of all annotators that the other conditions leave.
create macro fact_of_any(a_type, an_organism, a_strategy, a_study, a_score, words, a_field_mask, a_search)
as table
select f.*
from x_fact f
where
    (a_type is null or f.entity_type = a_type)
    and (a_score is null or f.score >= a_score)
    and (a_field_mask is null or f.fields & a_field_mask <> 0)
    and (words is null or f.entity_no in (select n.entity_no from x_entity n where contains(n.name, words)))
    and is_among(
        f.organism_no, f.strategy_no, f.study_no, f.experiment_no, an_organism, a_strategy, a_study, a_search);

-- Of which type the experiments have an entity, once each. Only the facts themselves tell where the entity's name
-- matters, or its score and its field at once.
create macro seen_of_any(a_type, an_organism, a_strategy, a_study, a_score, words, a_field_mask, a_search)
as table
select s.annotator_no, s.entity_type, s.experiment_no, s.study_no, s.organism_no, s.strategy_no
from x_seen s
where
    words is null
    and (a_score is null or a_field_mask is null)
    and (a_type is null or s.entity_type = a_type)
    and (a_score is null or s.score >= a_score)
    and (a_field_mask is null or s.fields & a_field_mask <> 0)
    and is_among(
        s.organism_no, s.strategy_no, s.study_no, s.experiment_no, an_organism, a_strategy, a_study, a_search)
union all
select distinct f.annotator_no, f.entity_type, f.experiment_no, f.study_no, f.organism_no, f.strategy_no
from fact_of_any(a_type, an_organism, a_strategy, a_study, a_score, words, a_field_mask, a_search) f
where words is not null or (a_score is not null and a_field_mask is not null);

create macro annotator_no(named) as
case when named is null then 0 else (select x.annotator_no from x_annotator x where x.name = named) end;

create macro chosen_fact(a_type, an_annotator, an_organism, a_strategy, a_study, a_score, words, a_field_mask, a_search)
as table
select *
from fact_of_any(a_type, an_organism, a_strategy, a_study, a_score, words, a_field_mask, a_search)
where annotator_no = annotator_no(an_annotator);

create macro chosen_seen(a_type, an_annotator, an_organism, a_strategy, a_study, a_score, words, a_field_mask, a_search)
as table
select *
from seen_of_any(a_type, an_organism, a_strategy, a_study, a_score, words, a_field_mask, a_search)
where annotator_no = annotator_no(an_annotator);

create macro chosen_experiment(an_organism, a_strategy, a_study, a_search) as table
select e.*
from x_experiment e
where
    is_among(
        e.organism_no, e.strategy_no, e.study_no, e.experiment_no, an_organism, a_strategy, a_study, a_search);
