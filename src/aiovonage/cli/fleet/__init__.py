"""The commands for jobs that workers share."""
