"""State and timers that belong to one event loop."""
