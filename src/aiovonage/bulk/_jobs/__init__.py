"""The bulk jobs, one per file: what each sends, and how it interprets the responses."""
