"""Windows over the rows of a table."""
