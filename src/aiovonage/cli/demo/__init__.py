"""The demo: a bulk job against the sandbox."""
