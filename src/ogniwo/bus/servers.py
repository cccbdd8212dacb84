"""The servers of a bus as the operator writes them: URLs by commas, credentials inside.

Nothing here shows a credential: not in an error, not in the log, not in a ``repr``.
"""

from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from ogniwo.base.errors import UsageError

PORT: Final = 4_222
_SCHEMES: Final = {"nats": False, "tls": True}


class Credentials(Struct, frozen=True):
    """A user with a password, or a token alone."""

    user: str
    password: str | None

    def __repr__(self) -> str:
        return "Credentials(...)"


class Server(Struct, frozen=True, kw_only=True):
    host: str
    port: int
    tls: bool
    credentials: Credentials | None = None

    @property
    def url(self) -> str:
        """Without the credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls' if self.tls else 'nats'}://{host}:{self.port}"


def servers_from(urls: str) -> tuple[Server, ...]:
    """What the first URL says of scheme and credentials counts for those that say nothing.

    Errors: UsageError, which quotes nothing: a password may stand anywhere in a bad URL.
    """
    servers: list[Server] = []
    for number, text in enumerate(urls.split(","), start=1):
        servers.append(_server(text.strip(), number, servers[0] if servers else None))
    return tuple(servers)


def _server(text: str, number: int, first: Server | None) -> Server:
    like_first = "tls" if first is not None and first.tls else "nats"
    try:
        parts = urlsplit(text if "://" in text else f"{like_first}://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _unreadable(number) from None
    if parts.scheme not in _SCHEMES or not host or parts.path.strip("/") or parts.query:
        raise _unreadable(number)
    credentials = _credentials(parts)
    if credentials is None and first is not None:
        credentials = first.credentials
    return Server(host=host, port=port or PORT, tls=_SCHEMES[parts.scheme], credentials=credentials)


def _credentials(parts: SplitResult) -> Credentials | None:
    if not parts.username:
        return None
    password = None if parts.password is None else unquote(parts.password)
    return Credentials(unquote(parts.username), password)


def _unreadable(number: int) -> UsageError:
    return UsageError(
        f"server {number} of --bus cannot be read: write nats://HOST:PORT or tls://HOST:PORT, "
        "several with commas between them, and special characters of a password as %XX"
    )
