"""What a sweep leaves: its table, its best config, its page."""
