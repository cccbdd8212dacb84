"""Ids, units, clock, limits, errors, settings and log: what every room may use; imports nothing of ours."""
