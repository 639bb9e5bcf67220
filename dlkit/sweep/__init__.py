"""A sweep: many runs of one experiment, each with other settings, and what mattered."""
