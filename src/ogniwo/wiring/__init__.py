"""The only room that names concrete classes and joins them into a running server."""
