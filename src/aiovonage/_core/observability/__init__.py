"""Logs, hooks, and OpenTelemetry."""
