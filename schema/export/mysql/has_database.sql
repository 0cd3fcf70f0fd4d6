select 1 from information_schema.schemata where schema_name = %s
