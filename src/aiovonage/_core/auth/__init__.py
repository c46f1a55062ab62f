"""Credentials, and the schemes that put them on a request."""
