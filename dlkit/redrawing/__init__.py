"""A finished run's pictures and page, drawn again from what it left and from its data."""
