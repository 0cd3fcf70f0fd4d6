set temp_directory = ''
