"""One notification channel per file."""
