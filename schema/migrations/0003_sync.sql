-- What keeps a project in step with NCBI: what it said of each record when that was fetched, and a log of changes.

-- Which experiment a UID of Entrez is, and how old the stored XML is. Written in the commit that stores the XML, so
-- that whatever stops a run, the next one knows what need not be fetched again.
create table entrez_record (
    uid varchar,                      -- NULL where the record was gone before its UID was known
    experiment_accession varchar not null,
    create_date varchar,              -- as NCBI's summary states it: YYYY/MM/DD
    update_date varchar,              -- the same; two updates of one day look alike
    fetched_at timestamp not null,    -- when the stored XML was asked for
    withdrawn_at timestamp,           -- when a run found that NCBI has it no longer; its rows are kept
    commit_seq bigint not null
);

-- What happened to which record, and by which run: a log, only ever added to.
create table record_change (
    run_id bigint not null,           -- of search_run; a run that was killed has changes here and no row there
    search_id bigint not null,
    record_type varchar not null,     -- experiment, or for imported files: study | sample | run | submission
    accession varchar not null,
    change varchar not null,          -- new | changed | withdrawn | returned
    changed_at timestamp not null,
    commit_seq bigint not null
);

alter table search add column record_limit bigint; -- the newest so many are taken of what is found; NULL: all of it
update search set record_limit = selected where kind = 'search' and selected < found;
alter table search_run add column run_id bigint; -- one command is one run, also where it repeats several searches
alter table search_run add column withdrawn bigint; -- hits that were found to be gone at NCBI
