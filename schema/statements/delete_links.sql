delete from read_link
where service = $service and run_accession in (select run_accession from staged_asked)
