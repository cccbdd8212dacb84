"""One alert rule per file."""
