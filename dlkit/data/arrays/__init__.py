"""Arrays in memory, whatever they come from."""
