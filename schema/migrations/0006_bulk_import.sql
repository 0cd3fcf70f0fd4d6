-- How far an import of a whole archive is. All of it is empty but between the interruption of such an import and its
-- end, and none of it is published or exported: that is what a missing commit_seq says.

-- Pieces of the input of which everything is stored: the same command passes them over.
create table import_block (
    search_id bigint not null,
    digest varchar not null,          -- of the names and bytes of its documents and of the reader's version
    byte_count bigint not null
);

-- The records that the import has come across: what it counts, and what is no hit of it any more.
create table import_seen (
    search_id bigint not null,
    record_type varchar not null,
    accession varchar not null
);

-- What it could not read. It becomes the import's problems at its end.
create table import_problem (
    search_id bigint not null,
    stage varchar not null,
    accession varchar,
    uid varchar,
    source varchar,
    message varchar not null,
    counts_as_record boolean not null
);
