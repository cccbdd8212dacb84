"""Drivers: their accounts, what they charge, and the codes by which they find a charging point."""
