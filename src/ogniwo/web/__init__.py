"""HTTP: the API, the pages, file transfer and the live stream."""
