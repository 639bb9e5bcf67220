"""The training step, and the loops that make it."""
