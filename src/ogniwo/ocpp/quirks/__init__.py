"""What real stations do differently, one vendor deviation per file."""
