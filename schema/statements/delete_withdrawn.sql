delete from entrez_record where experiment_accession in (select experiment_accession from withdrawn_record)
