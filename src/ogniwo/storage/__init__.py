"""Schema, bulk writer, repositories and migrations on SQLite (PostgreSQL to come)."""
