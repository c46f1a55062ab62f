"""Finding out what became of a number, and when to give up."""
