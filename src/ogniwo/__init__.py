"""Ogniwo: the backend (CSMS) with which charge point operators run their charging stations."""
