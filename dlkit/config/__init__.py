"""The configuration language: reading, checking and writing it. Never imports Keras."""
