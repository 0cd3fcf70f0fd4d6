insert into record_source by name
select record_type, accession, package_accession, cast($commit_seq as bigint) as commit_seq
from changed_source
