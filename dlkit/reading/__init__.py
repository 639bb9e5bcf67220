"""What a run says of itself in plain words: rules, their evidence, and what to try."""
