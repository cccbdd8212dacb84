"""Simulated stations, cars, fleets and faults: a client like any other."""
