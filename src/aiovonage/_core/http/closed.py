"""The message for a call on a closed client, which all transports share."""

CLOSED = "the client is closed: make a new one, or close this one after its last call"
