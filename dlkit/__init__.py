"""Deep-learning experiments on Keras from one YAML file."""
