"""Numbers and rows, as the caller supplies them."""
