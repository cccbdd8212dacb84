"""The way in, and what serves the console."""
