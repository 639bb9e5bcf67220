"""Commands that have more to say than fits in ``cli``: one module for each group of them."""
