set allowed_directories = [$folder]
