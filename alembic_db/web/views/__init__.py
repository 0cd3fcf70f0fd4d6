"""What the pages show: one function each, from the site and what is asked to a Page."""
