"""Calls any operation from the command line."""
