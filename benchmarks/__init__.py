"""Speed, measured beside something to compare it with."""
