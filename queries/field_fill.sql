-- title: How well every field is filled
-- grain: one row per column of study, sample, experiment and run, and per tag of their attributes
-- description: A blank text counts as not filled. title is the column's title in result_table where it is there;
--   top_1 to top_3 are the most frequent values, cut to 100 characters, with the number of records that state them.
with attribute_value as (
    select distinct
        'sample' as record_type, sample_accession as accession, tag, case when trim(value) <> '' then value end as value
    from sample_attribute
    where tag is not null
    union all
    select distinct record_type, accession, tag, case when trim(value) <> '' then value end
    from record_attribute
    where tag is not null and record_type in ('study', 'experiment', 'run')
),
cell as (
    select
        'study' as record_type, 'accession' as field, 'Study Accession' as title, 1 as place, accession as value,
        1 as first_of_record
    from study
    union all
    select 'study', 'alias', 'Study Alias', 2, alias, 1 from study
    union all
    select 'study', 'center_name', 'Study Center Name', 3, center_name, 1 from study
    union all
    select 'study', 'broker_name', 'Study Broker Name', 4, broker_name, 1 from study
    union all
    select 'study', 'title', 'Study Title', 5, title, 1 from study
    union all
    select 'study', 'study_type', 'Study Type', 6, study_type, 1 from study
    union all
    select 'study', 'new_study_type', 'New Study Type', 7, new_study_type, 1 from study
    union all
    select 'study', 'abstract', 'Study Abstract', 8, abstract, 1 from study
    union all
    select 'study', 'description', 'Study Description', 9, description, 1 from study
    union all
    select 'study', 'center_project_name', 'Center Project Name', 10, center_project_name, 1 from study
    union all
    select 'study', 'bioproject_accession', 'BioProject ID', 11, bioproject_accession, 1 from study
    union all
    select 'study', 'geo_accession', 'GEO Series', 12, geo_accession, 1 from study
    union all
    select 'sample', 'accession', 'Sample Accession', 13, accession, 1 from sample
    union all
    select 'sample', 'alias', 'Sample Alias', 14, alias, 1 from sample
    union all
    select 'sample', 'center_name', 'Sample Center Name', 15, center_name, 1 from sample
    union all
    select 'sample', 'broker_name', 'Sample Broker Name', 16, broker_name, 1 from sample
    union all
    select 'sample', 'title', 'Sample Title', 17, title, 1 from sample
    union all
    select 'sample', 'description', 'Sample Description', 18, description, 1 from sample
    union all
    select 'sample', 'taxon_id', 'Taxon ID', 19, cast(taxon_id as varchar), 1 from sample
    union all
    select 'sample', 'scientific_name', 'Scientific Name', 20, scientific_name, 1 from sample
    union all
    select 'sample', 'common_name', 'Common Name', 21, common_name, 1 from sample
    union all
    select 'sample', 'anonymized_name', 'Anonymized Name', 22, anonymized_name, 1 from sample
    union all
    select 'sample', 'individual_name', 'Individual Name', 23, individual_name, 1 from sample
    union all
    select 'sample', 'biosample_accession', 'BioSample ID', 24, biosample_accession, 1 from sample
    union all
    select 'sample', 'geo_accession', 'GEO Sample', 25, geo_accession, 1 from sample
    union all
    select 'experiment', 'accession', 'Experiment Accession', 26, accession, 1 from experiment
    union all
    select 'experiment', 'alias', 'Experiment Alias', 27, alias, 1 from experiment
    union all
    select 'experiment', 'center_name', 'Center Name', 28, center_name, 1 from experiment
    union all
    select 'experiment', 'broker_name', 'Broker Name', 29, broker_name, 1 from experiment
    union all
    select 'experiment', 'title', 'Experiment Title', 30, title, 1 from experiment
    union all
    select 'experiment', 'study_accession', 'Study of the Experiment', 31, study_accession, 1 from experiment
    union all
    select 'experiment', 'submission_accession', 'Submission Accession', 32, submission_accession, 1 from experiment
    union all
    select 'experiment', 'organization_accession', 'Organization', 33, organization_accession, 1 from experiment
    union all
    select 'experiment', 'sample_accession', 'Sample of the Experiment', 34, sample_accession, 1 from experiment
    union all
    select 'experiment', 'study_refname', 'Study Reference Name', 35, study_refname, 1 from experiment
    union all
    select 'experiment', 'study_refcenter', 'Study Reference Center', 36, study_refcenter, 1 from experiment
    union all
    select 'experiment', 'sample_refname', 'Sample Reference Name', 37, sample_refname, 1 from experiment
    union all
    select 'experiment', 'sample_refcenter', 'Sample Reference Center', 38, sample_refcenter, 1 from experiment
    union all
    select 'experiment', 'design_description', 'Design Description', 39, design_description, 1 from experiment
    union all
    select 'experiment', 'library_name', 'Library Name', 40, library_name, 1 from experiment
    union all
    select 'experiment', 'library_strategy', 'Library Strategy', 41, library_strategy, 1 from experiment
    union all
    select 'experiment', 'library_source', 'Library Source', 42, library_source, 1 from experiment
    union all
    select 'experiment', 'library_selection', 'Library Selection', 43, library_selection, 1 from experiment
    union all
    select 'experiment', 'library_layout', 'Library Layout', 44, library_layout, 1 from experiment
    union all
    select
        'experiment', 'nominal_length', 'Nominal Length', 45,
        case
            when nominal_length = cast(nominal_length as bigint) then cast(cast(nominal_length as bigint) as varchar)
            else cast(nominal_length as varchar)
        end, 1
    from experiment
    union all
    select
        'experiment', 'nominal_sdev', 'Nominal Deviation', 46,
        case
            when nominal_sdev = cast(nominal_sdev as bigint) then cast(cast(nominal_sdev as bigint) as varchar)
            else cast(nominal_sdev as varchar)
        end, 1
    from experiment
    union all
    select
        'experiment', 'library_construction_protocol', 'Library Construction Protocol', 47,
        library_construction_protocol, 1
    from experiment
    union all
    select 'experiment', 'platform', 'Platform', 48, platform, 1 from experiment
    union all
    select 'experiment', 'instrument_model', 'Instrument Model', 49, instrument_model, 1 from experiment
    union all
    select 'experiment', 'spot_length', 'Spot Length', 50, cast(spot_length as varchar), 1 from experiment
    union all
    select 'experiment', 'run_count', 'Run Count', 51, cast(run_count as varchar), 1 from experiment
    union all
    select 'experiment', 'total_spots', 'Experiment Spots', 52, cast(total_spots as varchar), 1 from experiment
    union all
    select 'experiment', 'total_bases', 'Experiment Bases', 53, cast(total_bases as varchar), 1 from experiment
    union all
    select 'experiment', 'total_bytes', 'Experiment Bytes', 54, cast(total_bytes as varchar), 1 from experiment
    union all
    select 'run', 'accession', 'Run Accession', 55, accession, 1 from run
    union all
    select 'run', 'alias', 'Run Alias', 56, alias, 1 from run
    union all
    select 'run', 'center_name', 'Run Center Name', 57, center_name, 1 from run
    union all
    select 'run', 'broker_name', 'Run Broker Name', 58, broker_name, 1 from run
    union all
    select 'run', 'title', 'Run Title', 59, title, 1 from run
    union all
    select 'run', 'experiment_accession', 'Experiment of the Run', 60, experiment_accession, 1 from run
    union all
    select 'run', 'experiment_refname', 'Experiment Reference Name', 61, experiment_refname, 1 from run
    union all
    select 'run', 'experiment_refcenter', 'Experiment Reference Center', 62, experiment_refcenter, 1 from run
    union all
    select 'run', 'run_center', 'Run Center', 63, run_center, 1 from run
    union all
    select 'run', 'run_date', 'Run Date', 64, run_date, 1 from run
    union all
    select 'run', 'total_spots', 'Total Spots', 65, cast(total_spots as varchar), 1 from run
    union all
    select 'run', 'total_bases', 'Total Bases', 66, cast(total_bases as varchar), 1 from run
    union all
    select 'run', 'size', 'File Size (bytes)', 67, cast(size as varchar), 1 from run
    union all
    select 'run', 'published', 'Run Published', 68, strftime(published, '%Y-%m-%d'), 1 from run
    union all
    select
        'run', 'load_done', 'Load Done', 69,
        case when load_done then 'true' when not load_done then 'false' end, 1
    from run
    union all
    select
        'run', 'is_public', 'Run Public', 70,
        case when is_public then 'true' when not is_public then 'false' end, 1
    from run
    union all
    select 'run', 'cluster_name', 'Cluster Name', 71, cluster_name, 1 from run
    union all
    select
        'run', 'has_taxanalysis', 'Has Taxonomy Analysis', 72,
        case when has_taxanalysis then 'true' when not has_taxanalysis then 'false' end, 1
    from run
    union all
    select
        'run', 'static_data_available', 'Static Data Available', 73,
        case when static_data_available then 'true' when not static_data_available then 'false' end, 1
    from run
    union all
    select 'run', 'assembly', 'Assembly', 74, assembly, 1 from run
    union all
    select 'run', 'read_count', 'Reads per Spot', 75, cast(read_count as varchar), 1 from run
    union all
    select 'run', 'spot_count', 'Spot Count', 76, cast(spot_count as varchar), 1 from run
    union all
    select 'run', 'base_count', 'Base Count', 77, cast(base_count as varchar), 1 from run
    union all
    select
        'run', 'color_space_native', 'Color Space Native', 78,
        case when color_space_native then 'true' when not color_space_native then 'false' end, 1
    from run
    union all
    select
        record_type, 'attribute:' || tag, tag, 79, value,
        case when row_number() over (partition by record_type, accession, tag order by value) = 1 then 1 else 0 end
    from attribute_value
),
filled_value as (
    select
        record_type, field, title, place, case when trim(value) <> '' then value end as value,
        count(*) as record_count, sum(first_of_record) as first_count
    from cell
    group by record_type, field, title, place, case when trim(value) <> '' then value end
),
field_total as (
    select
        record_type, field, title, place,
        cast(sum(case when value is not null then first_count else 0 end) as bigint) as filled,
        count(value) as distinct_values
    from filled_value
    group by record_type, field, title, place
),
ranked as (
    select
        record_type, field, substring(value, 1, 100) as value, record_count,
        row_number() over (partition by record_type, field order by record_count desc, value) as choice
    from filled_value
    where value is not null
),
top_value as (
    select
        record_type, field,
        max(case when choice = 1 then value end) as top_1,
        max(case when choice = 1 then record_count end) as top_1_count,
        max(case when choice = 2 then value end) as top_2,
        max(case when choice = 2 then record_count end) as top_2_count,
        max(case when choice = 3 then value end) as top_3,
        max(case when choice = 3 then record_count end) as top_3_count
    from ranked
    where choice <= 3
    group by record_type, field
),
record_total as (
    select 'study' as record_type, count(*) as total from study
    union all
    select 'sample', count(*) from sample
    union all
    select 'experiment', count(*) from experiment
    union all
    select 'run', count(*) from run
)
select
    f.record_type, f.field, f.title, f.filled, t.total,
    100 * cast(f.filled as double) / t.total as filled_percent, f.distinct_values,
    v.top_1, v.top_1_count, v.top_2, v.top_2_count, v.top_3, v.top_3_count
from field_total f
join record_total t on t.record_type = f.record_type
left join top_value v on v.record_type = f.record_type and v.field = f.field
order by f.place, f.record_type, f.filled desc, f.field
