"""Running a bulk job from the command line: options, preview, progress, summary."""
