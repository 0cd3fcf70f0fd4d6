insert into before."{table}" select * from key_batch
