"""The request path. It knows no single API by name."""
