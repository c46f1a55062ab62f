"""One rate for several processes."""
