"""Text to typed messages to domain facts and orders, and back; sans-I/O."""
