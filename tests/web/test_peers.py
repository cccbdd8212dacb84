"""Whom tries are counted for, as proxies tell it or make it up."""

from ipaddress import ip_network
from typing import Any

import pytest

from ogniwo.web.peers import Peers


def came_from(peer: str | None, *forwarded: str) -> Any:
    headers = [(b"x-forwarded-for", it.encode()) for it in forwarded]
    return {"client": (peer, 50_000) if peer else None, "headers": headers}


@pytest.mark.parametrize(
    ("scope", "counted_for"),
    [
        (came_from("192.0.2.7"), "192.0.2.7"),
        (came_from(None), "unknown"),
        # a stranger may write what it likes
        (came_from("192.0.2.7", "198.51.100.1"), "192.0.2.7"),
        # a proxy here, or one we know, tells what it saw; what stood there before is hearsay
        (came_from("127.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (came_from("127.0.0.1", "203.0.113.5, 198.51.100.1"), "198.51.100.1"),
        (came_from("10.0.0.5", "203.0.113.5", "198.51.100.1"), "198.51.100.1"),
        (came_from("::ffff:127.0.0.1", "198.51.100.1"), "198.51.100.1"),
        # one proxy behind the other
        (came_from("127.0.0.1", "198.51.100.1, 10.0.0.5"), "198.51.100.1"),
        (came_from("127.0.0.1", "10.0.0.5"), "10.0.0.5"),
        (came_from("127.0.0.1", "nonsense"), "127.0.0.1"),
        # a neighbour's whole network is one
        (came_from("2001:db8:1:2:3::4"), "2001:db8:1:2::/64"),
        (came_from("::1", "2001:db8:1:2:9::9"), "2001:db8:1:2::/64"),
    ],
)
def test_tries_are_counted_for_the_last_address_that_can_be_believed(
    scope: Any, counted_for: str
) -> None:
    assert Peers([ip_network("10.0.0.0/24")]).of(scope) == counted_for
