"""The training step, the two loops that run it, and what watches them."""
