"""One listening address of the station port, and what its sockets are told about dead peers."""

import asyncio
import socket as tcp
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_BACKLOG: Final = 4_096  # 100 costs nine tenths of the accept rate in a mass reconnect
_TLS_HANDSHAKE_S: Final = 20.0
_TLS_SHUTDOWN_S: Final = 2.0
_UNACKNOWLEDGED_MS_MAX: Final = 45_000  # data nobody confirms for this long: the peer is gone
# Only links that may not be pinged are ever silent for so long: our own pings come earlier.
_KEEPALIVE_IDLE_S: Final = 300
_KEEPALIVE_PROBE_S: Final = 30
_KEEPALIVE_PROBES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    host: str
    port: int
    tls: ssl.SSLContext | None = None
    proxy_protocol: bool = False  # trusted proxies begin with a PROXY header; never with ``tls``
    reuse_port: bool = False  # several processes, each asking for it, share the port


async def listen(listener: Listener, protocol: Callable[[], asyncio.Protocol]) -> asyncio.Server:
    tls = listener.tls
    server = await asyncio.get_running_loop().create_server(
        protocol,
        listener.host,
        listener.port,
        backlog=_BACKLOG,
        ssl=tls,
        ssl_handshake_timeout=_TLS_HANDSHAKE_S if tls else None,
        ssl_shutdown_timeout=_TLS_SHUTDOWN_S if tls else None,
        reuse_port=listener.reuse_port,
        start_serving=False,
    )
    for listening in server.sockets:  # what it accepts inherits all of these
        listening.setsockopt(tcp.IPPROTO_TCP, tcp.TCP_NODELAY, 1)
        listening.setsockopt(tcp.IPPROTO_TCP, tcp.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS_MAX)
        listening.setsockopt(tcp.SOL_SOCKET, tcp.SO_KEEPALIVE, 1)
        listening.setsockopt(tcp.IPPROTO_TCP, tcp.TCP_KEEPIDLE, _KEEPALIVE_IDLE_S)
        listening.setsockopt(tcp.IPPROTO_TCP, tcp.TCP_KEEPINTVL, _KEEPALIVE_PROBE_S)
        listening.setsockopt(tcp.IPPROTO_TCP, tcp.TCP_KEEPCNT, _KEEPALIVE_PROBES)
    await server.start_serving()
    return server
