insert into annotation by name
select text_id, annotator_id, span_count, cast($now as timestamp) as annotated_at,
    cast($commit_seq as bigint) as commit_seq
from staged_annotation
