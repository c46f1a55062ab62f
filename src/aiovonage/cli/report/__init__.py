"""Reports: a row for each row of the input, with what became of it."""
