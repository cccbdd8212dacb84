"""Firmware downloads and log uploads by one-time URL."""
