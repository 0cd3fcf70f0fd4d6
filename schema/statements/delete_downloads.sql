delete from download where path in (select path from staged_path)
