"""Pictures of a sweep: its trials by number, by what they tried, and by epoch."""
