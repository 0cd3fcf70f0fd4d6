-- What is left of each commit's rows; since rows are never changed in place, these counts say whether a
-- snapshot file that holds a range of commits is still true.
select commit_seq, count(*) as row_count from {table} group by commit_seq order by commit_seq
