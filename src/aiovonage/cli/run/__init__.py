"""Runs a bulk job from the command line: options, dry run, progress, summary."""
