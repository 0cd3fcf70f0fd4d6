set allowed_directories = [$folder, $pattern]
