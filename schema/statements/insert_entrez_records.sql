insert into entrez_record by name
select staged.*, cast(null as timestamp) as withdrawn_at, cast($commit_seq as bigint) as commit_seq
from staged_entrez_record as staged
