-- title: Studies, samples, experiments and runs in one table
-- grain: one row per run; an experiment without runs has one row
-- description: The columns of the original Alembic under its titles and in its order, then what it left out.
--   The sample is that of the experiment's descriptor, or the first of its pool.
-- uses: run_link, experiment_in_search
-- param: search text = '' name of a search, '' for all
with pool as (
    select experiment_accession, count(distinct sample_accession) as sample_count, min(position) as first_position
    from experiment_sample
    where sample_accession is not null
    group by experiment_accession
),
experiment_pool as (
    select
        e.accession as experiment_accession,
        coalesce(e.sample_accession, m.sample_accession) as sample_accession,
        coalesce(p.sample_count, case when e.sample_accession is null then 0 else 1 end) as sample_count
    from experiment e
    left join pool p on p.experiment_accession = e.accession
    left join experiment_sample m on m.experiment_accession = e.accession and m.position = p.first_position
),
primary_id as (
    select accession, min(value) as value
    from external_id
    where record_type = 'experiment' and path is null and id_kind = 'PRIMARY_ID'
    group by accession
)
select
    e.accession as "Experiment Accession",
    e.alias as "Experiment Alias",
    e.title as "Experiment Title",
    coalesce(i.value, e.accession) as "Experiment ID",
    e.study_accession as "Study Accession",
    st.title as "Study Title",
    st.abstract as "Study Abstract",
    st.bioproject_accession as "BioProject ID",
    p.sample_accession as "Sample Accession",
    sa.alias as "Sample Alias",
    sa.scientific_name as "Scientific Name",
    sa.taxon_id as "Taxon ID",
    sa.description as "Sample Description",
    e.library_name as "Library Name",
    e.library_strategy as "Library Strategy",
    e.library_source as "Library Source",
    e.library_selection as "Library Selection",
    e.library_layout as "Library Layout",
    e.instrument_model as "Instrument Model",
    r.accession as "Run Accession",
    r.alias as "Run Alias",
    r.total_spots as "Total Spots",
    r.total_bases as "Total Bases",
    r.size as "File Size (bytes)",
    k.url as "Download Links",
    k.md5 as "MD5",
    k.file_name as "File Name",
    k.link_source as "Link Source",
    r.title as "Run Title",
    r.published as "Run Published",
    r.is_public as "Run Public",
    e.design_description as "Design Description",
    e.library_construction_protocol as "Library Construction Protocol",
    e.platform as "Platform",
    e.nominal_length as "Nominal Length",
    e.submission_accession as "Submission Accession",
    e.center_name as "Center Name",
    p.sample_count as "Sample Count",
    sa.title as "Sample Title",
    sa.common_name as "Common Name",
    sa.biosample_accession as "BioSample ID",
    sa.geo_accession as "GEO Sample",
    st.geo_accession as "GEO Series",
    st.study_type as "Study Type",
    st.description as "Study Description"
from experiment e
join experiment_in_search f on f.accession = e.accession
join experiment_pool p on p.experiment_accession = e.accession
left join primary_id i on i.accession = e.accession
left join study st on st.accession = e.study_accession
left join sample sa on sa.accession = p.sample_accession
left join run r on r.experiment_accession = e.accession
left join run_link k on k.run_accession = r.accession
order by e.study_accession, e.accession, r.accession
