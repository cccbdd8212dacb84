"""Periodic jobs, one per file."""
