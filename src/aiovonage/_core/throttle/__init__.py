"""Controls how many requests are sent per second, and in which order."""
