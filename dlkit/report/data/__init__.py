"""What is told of the data, and kept of it."""
