"""What the system does: doors, mailboxes, handlers, jobs and read models, behind ports."""
