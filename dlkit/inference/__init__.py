"""Using a finished run: its model's answers for other data, and how good they are."""
