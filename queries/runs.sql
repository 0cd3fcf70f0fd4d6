-- title: Runs with what their experiment, study and sample say
-- grain: one row per run
-- description: The columns that a condition of `alembic-db links --where` and `alembic-db fetch --where` may name.
--   The sample is that of the experiment's descriptor, or the first of its pool.
with pool as (
    select experiment_accession, min(position) as first_position
    from experiment_sample
    where sample_accession is not null
    group by experiment_accession
)
select
    r.accession as run_accession,
    r.experiment_accession,
    e.study_accession,
    coalesce(e.sample_accession, m.sample_accession) as sample_accession,
    e.submission_accession,
    st.bioproject_accession,
    sa.biosample_accession,
    st.geo_accession as geo_series,
    sa.geo_accession as geo_sample,
    r.alias as run_alias,
    r.title as run_title,
    e.title as experiment_title,
    st.title as study_title,
    st.study_type,
    sa.alias as sample_alias,
    sa.title as sample_title,
    sa.scientific_name,
    sa.taxon_id,
    e.library_name,
    e.library_strategy,
    e.library_source,
    e.library_selection,
    e.library_layout,
    e.platform,
    e.instrument_model,
    r.center_name,
    r.total_spots,
    r.total_bases,
    r.size,
    r.published,
    r.is_public
from run r
left join experiment e on e.accession = r.experiment_accession
left join study st on st.accession = e.study_accession
left join pool p on p.experiment_accession = e.accession
left join experiment_sample m on m.experiment_accession = e.accession and m.position = p.first_position
left join sample sa on sa.accession = coalesce(e.sample_accession, m.sample_accession)
order by e.study_accession, r.experiment_accession, r.accession
