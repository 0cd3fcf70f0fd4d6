delete from entrez_record
where uid in (select uid from staged_entrez_record)
    or experiment_accession in (select experiment_accession from staged_entrez_record)
