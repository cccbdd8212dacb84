"""The only room that names concrete classes and joins them into a running server.

``server`` starts and stops it, ``core`` joins what lies between the sockets and the storage,
``edges`` the sockets; ``place`` finds directory, keys and addresses; ``tools`` is what the
command line does to a database without a server.
"""

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
