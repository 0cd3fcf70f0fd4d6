-- Experiments that the filter leaves and that name every one of the wanted entities, one page of them.
with matching as (
    select e.experiment_no, e.accession, e.sample_accession
    from chosen_experiment($organism, $strategy, $study, $search) e
    where
        (
            not $by_entity
            or e.experiment_no in (
                select experiment_no
                from chosen_seen($type, $annotator, $organism, $strategy, $study, $score, $q, $mask, $search)
                where $by_entity)
        )
        and (
            len($entities) = 0
            or e.experiment_no in (
                select f.experiment_no
                from x_fact f
                where len($entities) > 0 and f.annotator_no = 0 and f.entity_no in (
                        select n.entity_no from x_entity n where n.entity_id in (select unnest($entities)))
                group by f.experiment_no
                having count(*) = len($entities))
        )
),
worded as (
    select m.*
    from matching m
    where
        $words is null
        or m.accession = upper($words)
        or m.accession in (select x.accession from experiment x where contains(lower(x.title), lower($words)))
        or m.accession in (
            select x.accession
            from experiment x
            join study s on s.accession = x.study_accession
            where contains(lower(s.title), lower($words)) or s.accession = upper($words))
),
page as (
    select w.*, count(*) over () as total
    from worded w
    order by w.accession
    limit $limit offset $offset
)
select
    p.accession, e.title, e.study_accession, t.title as study_title, p.sample_accession,
    s.scientific_name as organism, e.library_strategy as strategy, e.instrument_model as instrument,
    e.total_bases as bases, p.total
from page p
join experiment e on e.accession = p.accession
left join study t on t.accession = e.study_accession
left join sample s on s.accession = p.sample_accession
order by p.accession
