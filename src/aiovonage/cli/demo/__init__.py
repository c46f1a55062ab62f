"""The demonstration: a bulk job against the sandbox."""
