select count(*)
from staged_import_seen as seen
join updated_record as updated on updated.record_type = seen.record_type and updated.accession = seen.accession
