"""Calling any operation from the command line."""
