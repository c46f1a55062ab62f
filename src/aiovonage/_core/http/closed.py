"""What is said of a call on a client that is closed."""

CLOSED = "the client is closed: make a new one, or close this one after its last call"
