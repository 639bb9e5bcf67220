"""Data that has a name: Keras's, scikit-learn's, and such that is made."""
