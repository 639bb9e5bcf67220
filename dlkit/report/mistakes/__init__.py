"""The examples that a model was most wrong about, as people would recognize them."""
