set memory_limit = $memory
