"""Ids, units, clock, limits, errors, settings and log: imports nothing of ours."""
