set memory_limit = '{megabytes}MB'
