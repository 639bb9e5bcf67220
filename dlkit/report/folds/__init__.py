"""A cross-validation: its sums, pictures, page and files."""
