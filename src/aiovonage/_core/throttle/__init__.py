"""How many requests leave in a second, and in which order."""
