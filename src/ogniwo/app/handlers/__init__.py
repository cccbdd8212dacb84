"""What one kind of fact or order does to a station's aggregate, one file per subject."""
