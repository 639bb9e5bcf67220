"""From what a config writes to what is trained: the section ``regularization`` applied."""
