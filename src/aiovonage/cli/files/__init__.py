"""Files of numbers as people have them: found out what they are, and read row by row."""
