-- What telling a fetched file from one that was changed afterwards takes, and what SQL wants to know of it.

alter table download add column modified_ns bigint;  -- when the file was last written, nanoseconds since the epoch
alter table download add column source varchar;      -- ena | sra | aws | gcp | gsa | original: who served it
alter table download add column kind varchar;        -- fastq | sra | sra_lite | submitted
