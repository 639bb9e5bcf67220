"""From checked layers to a Keras model."""
