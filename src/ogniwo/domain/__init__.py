"""The version-neutral meaning of charging: facts, orders and the pure rules that decide on them; no clock, no I/O."""
