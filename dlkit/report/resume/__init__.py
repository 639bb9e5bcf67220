"""What a run that goes on must be, and whether it is."""
