"""What the system does: the doors in and out, mailboxes, handlers, jobs and read models, behind ports."""
