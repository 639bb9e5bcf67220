"""What data is before anything is learned of it: its columns, and what looks wrong."""
