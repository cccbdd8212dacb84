"""One file per API resource."""
