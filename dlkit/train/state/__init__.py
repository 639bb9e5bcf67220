"""The state of a training as one file, from which it goes on to the same bits."""
