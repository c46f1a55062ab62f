"""Connections: bytes out, bytes in."""
