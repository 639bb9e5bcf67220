"""Write an experiment as one plain Keras script, for people who want to read or leave dlkit."""
