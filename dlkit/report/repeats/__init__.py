"""One experiment with several seeds: its sums, pictures, page and files."""
