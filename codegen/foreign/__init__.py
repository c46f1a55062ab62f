"""Packages from other people's OpenAPI documents: as they come, into the form that the press takes."""
