"""Optimizers and their learning rates: as they are asked for, followed and found."""
