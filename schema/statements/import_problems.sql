select stage, message, accession, uid, source, counts_as_record
from import_problem
where search_id = $search_id
