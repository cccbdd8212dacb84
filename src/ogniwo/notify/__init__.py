"""Messages to people: rendering and channels."""
