select count(*)
from (select distinct record_type, accession from import_seen where search_id = $search_id)
