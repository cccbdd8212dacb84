"""OCPP 2.1: generated models and what differs from 2.0.1."""
