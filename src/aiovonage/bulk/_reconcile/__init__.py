"""Reconciles the state of numbers with the API, and decides when a run gives up."""
