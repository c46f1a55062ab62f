"""Reads files of numbers in the many formats that people have: detects the format, and yields rows."""
