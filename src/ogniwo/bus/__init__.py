"""Questions to one node and notices to all of them: within one process, and over NATS."""
