select annotator_id from annotator where name = $name and version = $version
