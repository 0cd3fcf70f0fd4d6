"""Gold corpora, and how well annotators do on them. Needs nothing but the core."""
