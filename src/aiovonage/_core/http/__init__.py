"""HTTP: connections, and the transports over them."""
