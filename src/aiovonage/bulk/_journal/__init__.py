"""The journal of a run: a SQLite file."""
