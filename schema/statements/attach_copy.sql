attach '{file}' as copied (storage_version 'v1.2.0')
