insert into raw_record by name
select staged.*, cast($commit_seq as bigint) as commit_seq
from staged_raw_record as staged
join changed_raw_record as changed
    on changed.record_type = staged.record_type and changed.accession = staged.accession
