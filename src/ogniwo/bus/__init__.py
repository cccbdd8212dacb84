"""Commands and live events between nodes; local now, NATS to come."""
