"""OCPP 1.6J with its security extension: generated models and hand-written adapters, one file per functional block."""
