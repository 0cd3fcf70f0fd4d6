set enable_progress_bar = false
