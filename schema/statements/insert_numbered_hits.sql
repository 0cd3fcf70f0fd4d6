insert into search_hit by name select *, cast($commit_seq as bigint) as commit_seq from numbered_hit
