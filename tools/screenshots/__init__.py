"""``make screenshots``: pictures of every page, in both themes and sizes, into ``docs/images``."""
