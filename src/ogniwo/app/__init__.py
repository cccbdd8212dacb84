"""What the system does: the doors in and out, mailboxes, jobs and read models, behind ports."""
