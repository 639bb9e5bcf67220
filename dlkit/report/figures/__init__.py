"""Pictures of a run: values in, one matplotlib figure out."""
