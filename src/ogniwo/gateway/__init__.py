"""Station sockets: listening, admission, the link of one station, the registry of live ones."""
