"""First drafts of golden frames: plausible payloads made from the official schemas."""
