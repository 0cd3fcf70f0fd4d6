select count(*), min(example) from ({query}) as found
