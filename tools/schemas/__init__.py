"""Turns the official OCPP JSON schemas into the typed messages of ``ogniwo.ocpp``."""
