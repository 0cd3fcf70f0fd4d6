-- The store: SRA records as NCBI and ENA state them, their texts, and the entities found in the texts.
--
-- No primary keys, foreign keys or indexes: in DuckDB they make an upsert ten times slower and protect
-- nothing that one writer and a `check` do not. Every table is written in whole batches by
-- schema/statements/; every row carries the commit that wrote it (commit_seq), from which the Parquet
-- snapshot and the exports learn what is new. Rows are never changed in place: a changed record is
-- deleted and written again, with its children, under a new commit_seq.
-- Times are UTC without a zone. Only types that every export engine has: VARCHAR, BIGINT, DOUBLE,
-- BOOLEAN, TIMESTAMP, and BLOB for the raw XML.

-- What this store is: its id, and who made it.
create table store_info (
    store_id varchar not null,
    created_at timestamp not null,
    created_by varchar not null
);

-- One row per commit that changed anything.
create table store_commit (
    commit_seq bigint not null,
    committed_at timestamp not null,
    action varchar not null,          -- search | add | import | annotate
    detail varchar,                   -- the term, the file, the annotators
    inserted bigint not null,         -- records (or annotated texts) that were new
    updated bigint not null,          -- records that were changed
    unchanged bigint not null         -- records seen again as they were
);

-- The XML of every record as it came, so that a later version can read it again without NCBI.
create table raw_record (
    record_type varchar not null,     -- package | study | sample | experiment | run | submission
    accession varchar not null,       -- a package carries its experiment's
    content_hash varchar not null,    -- of the XML and of the reader's version
    byte_count bigint not null,       -- of the XML before compression
    codec varchar not null,           -- zstd
    xml blob not null,
    commit_seq bigint not null
);

-- Which package speaks for a record that several packages state: that of the highest experiment accession, so
-- that the order in which packages come decides nothing.
create table record_source (
    record_type varchar not null,     -- study | sample | submission
    accession varchar not null,
    package_accession varchar not null,
    commit_seq bigint not null
);

create table study (
    accession varchar not null,
    alias varchar,
    center_name varchar,
    broker_name varchar,
    title varchar,
    study_type varchar,
    new_study_type varchar,
    abstract varchar,
    description varchar,
    center_project_name varchar,
    bioproject_accession varchar,     -- from the external ids
    geo_accession varchar,
    origin varchar not null,          -- package (efetch) | object (STUDY_SET and the like)
    content_hash varchar not null,
    created_at timestamp not null,
    updated_at timestamp not null,
    commit_seq bigint not null
);

create table submission (
    accession varchar not null,
    alias varchar,
    center_name varchar,
    lab_name varchar,
    broker_name varchar,
    title varchar,
    submission_comment varchar,
    submission_date varchar,          -- as stated; formats vary
    origin varchar not null,
    content_hash varchar not null,
    created_at timestamp not null,
    updated_at timestamp not null,
    commit_seq bigint not null
);

-- The submitting organisation of a package; accession is a digest of its content, since it has none.
create table organization (
    accession varchar not null,
    organization_type varchar,
    name varchar,
    abbreviation varchar,
    url varchar,
    institution varchar,
    department varchar,
    street varchar,
    city varchar,
    subdivision varchar,
    country varchar,
    postal_code varchar,
    origin varchar not null,
    content_hash varchar not null,
    created_at timestamp not null,
    updated_at timestamp not null,
    commit_seq bigint not null
);

create table organization_contact (
    organization_accession varchar not null,
    position bigint not null,
    first_name varchar,
    middle_name varchar,
    last_name varchar,
    email varchar,
    secondary_email varchar,
    phone varchar,
    fax varchar,
    institution varchar,
    department varchar,
    street varchar,
    city varchar,
    subdivision varchar,
    country varchar,
    postal_code varchar,
    commit_seq bigint not null
);

-- A sample that a package holds without accession is named after its experiment: SRX1.sample1.
create table sample (
    accession varchar not null,
    alias varchar,
    center_name varchar,
    broker_name varchar,
    title varchar,
    description varchar,
    taxon_id bigint,
    scientific_name varchar,
    common_name varchar,
    anonymized_name varchar,
    individual_name varchar,
    biosample_accession varchar,
    geo_accession varchar,
    origin varchar not null,
    content_hash varchar not null,
    created_at timestamp not null,
    updated_at timestamp not null,
    commit_seq bigint not null
);

-- Free attributes of a sample in document order; a repeated tag is two rows, a tag without value has NULL.
create table sample_attribute (
    sample_accession varchar not null,
    position bigint not null,
    tag varchar,
    value varchar,
    units varchar,
    commit_seq bigint not null
);

create table experiment (
    accession varchar not null,
    alias varchar,
    center_name varchar,
    broker_name varchar,
    title varchar,
    study_accession varchar,
    submission_accession varchar,
    organization_accession varchar,
    sample_accession varchar,         -- of the sample descriptor; all samples: experiment_sample
    study_refname varchar,
    study_refcenter varchar,
    sample_refname varchar,
    sample_refcenter varchar,
    design_description varchar,
    library_name varchar,
    library_strategy varchar,
    library_source varchar,
    library_selection varchar,
    library_layout varchar,           -- SINGLE | PAIRED
    nominal_length double,
    nominal_sdev double,
    library_construction_protocol varchar,
    platform varchar,
    instrument_model varchar,
    spot_length bigint,
    run_count bigint,                 -- RUN_SET@runs, as NCBI states it
    total_spots bigint,
    total_bases bigint,
    total_bytes bigint,
    origin varchar not null,
    content_hash varchar not null,
    created_at timestamp not null,
    updated_at timestamp not null,
    commit_seq bigint not null
);

-- The samples of an experiment: pool members, or the sample descriptor where no pool is stated.
create table experiment_sample (
    experiment_accession varchar not null,
    position bigint not null,
    sample_accession varchar,
    member_name varchar,
    sample_name varchar,
    sample_title varchar,
    spots bigint,
    bases bigint,
    taxon_id bigint,
    organism varchar,
    proportion double,
    commit_seq bigint not null
);

create table run (
    accession varchar not null,
    alias varchar,
    center_name varchar,
    broker_name varchar,
    title varchar,
    experiment_accession varchar,
    experiment_refname varchar,
    experiment_refcenter varchar,
    run_center varchar,
    run_date varchar,                 -- as stated
    total_spots bigint,
    total_bases bigint,
    size bigint,                      -- bytes
    published timestamp,
    load_done boolean,
    is_public boolean,
    cluster_name varchar,
    has_taxanalysis boolean,
    static_data_available boolean,
    assembly varchar,
    read_count bigint,                -- Statistics@nreads: reads per spot
    spot_count bigint,                -- Statistics@nspots
    base_count bigint,                -- Bases@count
    color_space_native boolean,       -- Bases@cs_native
    origin varchar not null,
    content_hash varchar not null,
    created_at timestamp not null,
    updated_at timestamp not null,
    commit_seq bigint not null
);

create table run_sample (
    run_accession varchar not null,
    position bigint not null,
    sample_accession varchar,
    member_name varchar,
    sample_name varchar,
    sample_title varchar,
    spots bigint,
    bases bigint,
    taxon_id bigint,
    organism varchar,
    proportion double,
    commit_seq bigint not null
);

-- Files of a run: SRAFile of a package, or FILE of a plain run object (then with checksum and method).
create table run_file (
    run_accession varchar not null,
    position bigint not null,
    filename varchar,
    file_type varchar,
    cluster varchar,
    url varchar,
    size bigint,
    date timestamp,
    md5 varchar,
    checksum_method varchar,
    version varchar,
    semantic_name varchar,
    supertype varchar,
    sratoolkit varchar,
    ascii_offset varchar,
    quality_encoding varchar,
    quality_scoring_system varchar,
    commit_seq bigint not null
);

-- Every place that a file can be had from (SRAFile/Alternatives); file_position points into run_file.
create table run_file_location (
    run_accession varchar not null,
    position bigint not null,
    file_position bigint not null,
    url varchar,
    free_egress varchar,
    access_type varchar,
    org varchar,
    commit_seq bigint not null
);

create table run_cloud_file (
    run_accession varchar not null,
    position bigint not null,
    filetype varchar,
    provider varchar,
    location varchar,
    commit_seq bigint not null
);

create table run_read (
    run_accession varchar not null,
    position bigint not null,
    read_index bigint,
    count bigint,
    average double,
    stdev double,
    commit_seq bigint not null
);

create table run_base (
    run_accession varchar not null,
    position bigint not null,
    base varchar,
    count bigint,
    commit_seq bigint not null
);

-- Free attributes of every record that is not a sample.
create table record_attribute (
    record_type varchar not null,     -- study | experiment | run | submission
    accession varchar not null,
    position bigint not null,
    tag varchar,
    value varchar,
    units varchar,
    commit_seq bigint not null
);

-- Identifiers of a record (path is NULL) and of what it refers to (path says where: STUDY_REF, Pool/Member...).
create table external_id (
    record_type varchar not null,
    accession varchar not null,
    position bigint not null,
    path varchar,
    id_kind varchar not null,         -- PRIMARY_ID | SECONDARY_ID | EXTERNAL_ID | SUBMITTER_ID | UUID
    namespace varchar,
    label varchar,
    value varchar,
    commit_seq bigint not null
);

create table link (
    record_type varchar not null,
    accession varchar not null,
    position bigint not null,
    link_kind varchar not null,       -- XREF_LINK | URL_LINK | ENTREZ_LINK | ...
    db varchar,
    id varchar,
    label varchar,
    url varchar,
    query varchar,
    commit_seq bigint not null
);

-- Whatever else the XML says: one row per leaf that no column above is for. Nothing is dropped.
create table record_field (
    record_type varchar not null,
    accession varchar not null,
    position bigint not null,
    path varchar not null,            -- element names from the record down, @attribute last
    value varchar,
    commit_seq bigint not null
);

-- Every distinct text, once. What an annotator may need to know of it is part of its identity: the tag of
-- the attribute that it is the value of, or the concept that the record itself says it names.
create table text (
    text_id bigint not null,
    content varchar not null,
    tag varchar,
    concept_id varchar,               -- NCBITaxon:9606 for a scientific name with its taxon id
    char_count bigint not null,       -- Unicode code points
    commit_seq bigint not null
);

-- Which record and field says which text.
create table field_text (
    record_type varchar not null,     -- study | sample | experiment | run | submission
    accession varchar not null,
    field varchar not null,           -- column name, or 'attribute'
    position bigint not null,         -- of the attribute; 0 for a column
    text_id bigint not null,
    commit_seq bigint not null
);

create table annotator (
    annotator_id bigint not null,
    name varchar not null,
    version varchar not null,
    entity_types varchar not null,    -- comma-separated
    commit_seq bigint not null
);

-- Which texts an annotator has read: a text without spans is not read again.
create table annotation (
    text_id bigint not null,
    annotator_id bigint not null,
    span_count bigint not null,
    annotated_at timestamp not null,
    commit_seq bigint not null
);

-- Spans with offsets in Unicode code points, from 0, end exclusive, into text.content.
create table entity_span (
    text_id bigint not null,
    annotator_id bigint not null,
    start_offset bigint not null,
    end_offset bigint not null,
    entity_type varchar not null,     -- Gene | Disease | Chemical | Species | Variant | CellLine
    mention varchar not null,         -- the text between the offsets, unaltered
    entity_id bigint not null,        -- entity: type and normalized mention
    concept_id varchar,               -- NCBITaxon:9606, CVCL_0030, ... where the annotator knows it
    score double not null,            -- 0 to 1
    commit_seq bigint not null
);

-- What spans are counted by: entity type and mention, folded (NFC, case, white space).
create table entity (
    entity_id bigint not null,
    entity_type varchar not null,
    name varchar not null,
    commit_seq bigint not null
);

-- A saved question: a search term, a list of accessions, or files.
create table search (
    search_id bigint not null,
    kind varchar not null,            -- search | add | import
    name varchar not null,            -- what the user typed
    term varchar,                     -- the Entrez term that was sent
    found bigint not null,            -- records that NCBI (or the files) hold
    selected bigint not null,         -- of these taken (limit)
    first_run_at timestamp not null,
    commit_seq bigint not null
);

-- Every time that it was asked, and what came of it: a log, only ever added to.
create table search_run (
    search_id bigint not null,
    started_at timestamp not null,
    finished_at timestamp not null,
    found bigint not null,
    selected bigint not null,
    stored bigint not null,           -- records of this search in the store afterwards
    failed bigint not null,           -- records that it found and could not store: see problem
    inserted bigint not null,
    updated bigint not null,
    unchanged bigint not null,
    interrupted boolean not null,
    commit_seq bigint not null
);

create table search_hit (
    search_id bigint not null,
    experiment_accession varchar not null,
    uid varchar,                      -- Entrez UID where the answer tells which it is
    commit_seq bigint not null
);

-- What could not be had or read, by name. For every search: selected = hits + problems that count.
create table problem (
    search_id bigint,
    stage varchar not null,           -- resolve | fetch | parse | repair | annotate
    accession varchar,
    uid varchar,
    source varchar,                   -- file or address
    message varchar not null,
    counts_as_record boolean not null,-- whether it stands for one record that was found and is not stored
    occurred_at timestamp not null,
    commit_seq bigint not null
);
