"""One connection to one NATS server: how it is opened, and what nats-py is held to.

A connection is never mended: when it is lost it is thrown away with all that was under way on
it, and another is opened (``nats_bus``). nats-py's own reconnecting would send what waited
since, and gives up for good on some errors.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Final

from nats import errors
from nats.aio.client import PING_PROTO
from nats.aio.client import Client as NatsClient

from ogniwo.base.errors import OgniwoError
from ogniwo.bus.servers import Server

CONNECT_S_MAX: Final = 2  # for each step: connection, greeting, TLS, credentials
OPEN_S_MAX: Final = 6.0  # for all of them
PING_S: Final = 5  # a server that is silent for three of these is given up
PINGS_UNANSWERED_MAX: Final = 2
PENDING_BYTES_MAX: Final = 1024 * 1024  # written and not yet taken by the socket
CROWDED_S: Final = 0.01  # then the sender looks again

OnError = Callable[[Exception], Awaitable[None]]


class CannotConnectError(OgniwoError):
    """Why there is no connection, in the words of the system or the server."""


class Client(NatsClient):
    def __init__(self, *, tls_wanted: bool) -> None:
        super().__init__()
        self.lost = asyncio.Event()  # set the moment this connection is of no more use
        self._tls_wanted = tls_wanted

    @property
    def version(self) -> str:
        return str(self._server_info.get("version", "unknown"))

    @property
    def tells_no_responders(self) -> bool:
        return bool(self._server_info.get("headers"))

    @property
    def wants_credentials(self) -> bool:
        return bool(self._server_info.get("auth_required"))

    async def room(self) -> None:
        """Returns when more may be published, or the connection is lost."""
        while self.pending_data_size > PENDING_BYTES_MAX and not self.lost.is_set():  # noqa: ASYNC110 - nats-py tells nobody
            await asyncio.sleep(CROWDED_S)

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:  # noqa: FBT001, FBT002 - nats-py's signature
        """nats-py would go on in plain text, credentials and all, where TLS is not demanded."""
        if initial_connection and self._tls_wanted:
            if not (info.get("tls_required") or info.get("tls_available")):
                raise errors.SecureConnWantedError
            info["tls_required"] = True
        await super()._process_info(info, initial_connection)

    async def _send_ping(self, future: asyncio.Future[bool] | None = None) -> None:
        """nats-py lets a ping overtake what waits, and its answer would confirm nothing."""
        self._pongs.append(future or asyncio.get_running_loop().create_future())
        await self._send_command(PING_PROTO)
        await self._flush_pending()

    async def _close(self, status: int, do_cbs: bool = True) -> None:  # noqa: FBT001, FBT002 - nats-py's signature
        """nats-py would wait for a peer that takes nothing, and for ever after a bad handshake."""
        self.lost.set()
        self._pending.clear()
        self._pending_data_size = 0
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            writer.transport.abort()
        self._transport = None
        await super()._close(status, do_cbs)


async def open_client(
    server: Server, *, name: str, tls: ssl.SSLContext | None, on_error: OnError
) -> Client:
    """Errors: CannotConnectError."""
    client = Client(tls_wanted=server.tls)
    reasons: list[Exception] = []

    async def hear(error: Exception) -> None:
        if client.is_connected:
            await on_error(error)
        else:
            reasons.append(error)

    try:
        async with asyncio.timeout(OPEN_S_MAX):
            await client.connect(
                [server.url],
                name=name,
                error_cb=hear,
                allow_reconnect=False,
                max_reconnect_attempts=1,  # nats-py takes 0 for "without end"
                reconnect_time_wait=0,
                connect_timeout=CONNECT_S_MAX,
                ping_interval=PING_S,
                max_outstanding_pings=PINGS_UNANSWERED_MAX,
                pending_size=0,  # else it waits where neither a timeout nor a cancel gets through
                no_echo=True,  # a node hears its own notices without the bus
                tls=tls,
                **_credentials(server),
            )
    except (errors.Error, OSError, TimeoutError, ValueError) as error:
        await client.close()
        raise CannotConnectError(_reason(reasons[-1] if reasons else error)) from error
    except BaseException:
        await client.close()
        raise
    return client


def _credentials(server: Server) -> dict[str, Any]:
    """Apart from the URL: there nats-py leaves %XX as it is, and may show it in an error."""
    if server.credentials is None:
        return {}
    if server.credentials.password is None:
        return {"token": server.credentials.user}
    return {"user": server.credentials.user, "password": server.credentials.password}


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_S_MAX} s"
    if isinstance(error, errors.SecureConnWantedError):
        return "the server offers no TLS"
    return str(error).removeprefix("nats: ").strip("'\r\n ") or type(error).__name__
