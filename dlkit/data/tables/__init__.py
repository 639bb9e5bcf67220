"""Tables: reading them in blocks, what their columns are, and what they teach."""
