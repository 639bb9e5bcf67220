"""What several models have in common, whether folds or seeds made them: sums and tables."""
