"""The only room that names concrete classes and joins them into a running server."""

from ogniwo.wiring.server import Server, running
from ogniwo.wiring.tools import (
    back_up_database,
    check_database,
    examine_setup,
    key_beside,
    key_checked,
    migrate_database,
    move_database,
    restore_database,
)

__all__ = [
    "Server",
    "back_up_database",
    "check_database",
    "examine_setup",
    "key_beside",
    "key_checked",
    "migrate_database",
    "move_database",
    "restore_database",
    "running",
]
