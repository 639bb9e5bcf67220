"""The section ``sweep``: which settings are tried, and what their checks are."""
