"""Runs side by side: what differs in them, what came of it, and whether that is noise."""
