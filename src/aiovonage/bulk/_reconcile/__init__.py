"""Reconciles with the API: what happened to a number, and when a run gives up."""
