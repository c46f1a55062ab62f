"""One file for each bulk job: what it sends, and what its answers mean."""
