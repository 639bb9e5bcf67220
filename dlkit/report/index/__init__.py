"""One page of all experiments: what was tried, how it went, and a link to every run."""
