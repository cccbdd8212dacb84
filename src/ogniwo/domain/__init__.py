"""The version-neutral meaning of charging: facts, orders, pure rules; no clock, no I/O."""
