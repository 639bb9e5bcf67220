"""New examples, read as a finished run read its own."""
