"""OCPP 2.0.1: generated models and hand-written adapters, one file per functional block."""
