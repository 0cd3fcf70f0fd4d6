-- Rows of {table} that no commit in the log wrote.
select cast(commit_seq as varchar) as example
from {table}
where commit_seq not in (select commit_seq from store_commit)
