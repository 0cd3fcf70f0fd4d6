-- Where reads can be had from, as ENA and the SRA data locator answered, and which of them are on this disk.
-- What the XML itself says of files stays in run_file and run_file_location.

create table read_link (
    run_accession varchar not null,
    position bigint not null,         -- among the links of one run that one service gave
    service varchar not null,         -- ena | sdl: who was asked
    source varchar not null,          -- ena | sra | aws | gcp: who serves the file; original: as it was submitted
    kind varchar not null,            -- fastq | sra | sra_lite | submitted
    url varchar not null,
    file_name varchar not null,
    size bigint,                      -- bytes
    md5 varchar,
    access varchar,                   -- NULL: open to anyone; else what is asked for, such as payment or a login
    looked_up_at timestamp not null,
    commit_seq bigint not null
);

-- Files that were fetched and found to be what was announced; a file deleted later keeps its row.
create table download (
    run_accession varchar not null,
    url varchar not null,             -- where it came from
    path varchar not null,            -- absolute
    size bigint not null,
    md5 varchar not null,             -- of the bytes on disk
    verified boolean not null,        -- whether an announced checksum was there to compare with
    finished_at timestamp not null,
    commit_seq bigint not null
);
