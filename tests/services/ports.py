"""Ports for what listens in the tests, also while it is stopped and will come back."""

import os
import socket
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Final

HOST: Final = "127.0.0.1"
# Below the ports that the system gives to outgoing connections.
PORTS: Final = range(20_000, 32_000)


def _in_turn() -> Iterator[int]:
    """From another place in each run; the processes of one run have ports of their own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    ours = PORTS[int(worker) :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    start = os.getpid() * 7 % len(ours)
    return cycle([*ours[start:], *ours[:start]])


_ports = _in_turn()


def free_ports(count: int) -> list[int]:
    """No port is told twice: one that was told is somebody's, though nobody listens there now."""
    found = list(islice(filter(_is_free, islice(_ports, len(PORTS))), count))
    assert len(found) == count, "no port is free"
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
