select name, type from sqlite_master where type in ('table', 'view') and name not like 'sqlite\_%' escape '\'
