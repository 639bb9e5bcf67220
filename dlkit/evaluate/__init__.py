"""How good a trained model is, from one pass over data it did not learn from."""
