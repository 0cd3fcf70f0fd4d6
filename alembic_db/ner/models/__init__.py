"""Models that users add: where they lie, what is known of them, how they are checked, made ready and loaded."""
