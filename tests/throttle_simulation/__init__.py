"""Rate controllers against servers that permit so many requests a second, on a virtual clock.

`python -m tests.throttle_simulation` prints the tables.
"""
