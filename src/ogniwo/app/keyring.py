"""Who may use the HTTP API: long-lived tokens of programs, short-lived ones of browsers.

Secrets are random and long, so a plain hash is kept of them. A browser's sign-in and a one-time
link are keys like any other, only short-lived: they hold on every node and outlive a restart.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ogniwo.app.ports import (
    ApiToken,
    ApiTokenRemoved,
    Records,
    RowRefusedError,
    Writer,
)
from ogniwo.app.requests import Principal
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids
from ogniwo.base.units import Instant, seconds

BROWSER_SESSION_S: Final = 12 * 3_600
ONE_TIME_CODE_S: Final = 15 * 60
CHECKED_MAX: Final = 1_000  # tokens remembered as good
RECHECK_S: Final = 10  # a token withdrawn elsewhere works no longer than this
ADMIN_TOKEN_ID: Final = 1  # never drawn: identifiers begin with the time
ADMIN_TOKEN_LENGTH_MIN: Final = 16  # shorter ones are warned about


class KeyRing:
    def __init__(
        self,
        *,
        records: Records,
        writer: Writer,
        clock: Clock,
        ids: Ids,
        draw_secret: Callable[[], str],
    ) -> None:
        self._records = records
        self._writer = writer
        self._clock = clock
        self._ids = ids
        self._draw_secret = draw_secret
        self._checked: OrderedDict[bytes, tuple[Principal, Instant]] = OrderedDict()

    async def check(self, bearer: str) -> Principal | None:
        digest = _digest(bearer)
        now = self._clock.now_us()
        known = self._checked.get(digest)
        if known is not None and known[1] > now:
            return known[0]
        token = await self._records.find_api_token(digest)
        if token is None or token.kind == "code" or _expired(token, now):
            return None
        principal = Principal(token_id=str(token.id), label=token.label)
        self._checked[digest] = (principal, now + seconds(RECHECK_S))
        while len(self._checked) > CHECKED_MAX:
            self._checked.popitem(last=False)
        return principal

    async def put_admin_token(self, secret: str, label: str) -> None:
        """The one that the operator sets from outside: a new secret ends the one before."""
        digest = _digest(secret)
        if await self._records.find_api_token(digest) is not None:
            return
        now = self._clock.now_us()
        await self._writer.write(
            [ApiToken(id=ADMIN_TOKEN_ID, secret_hash=digest, label=label, created_at=now)]
        )

    async def issue_code(self) -> str:
        """A one-time code for the link that is shown at the first start."""
        return await self._issue("code", "one-time link", ONE_TIME_CODE_S)

    async def redeem(self, code: str) -> str | None:
        """A browser's key for a code, which works once."""
        digest = _digest(code)
        token = await self._records.find_api_token(digest)
        if token is None or token.kind != "code" or _expired(token, self._clock.now_us()):
            return None
        try:
            await self._writer.write([ApiTokenRemoved(digest)])
        except RowRefusedError:
            return None  # another was quicker
        return await self.open_session(Principal(token_id="0", label=token.label))

    async def open_session(self, principal: Principal) -> str:
        return await self._issue("browser", principal.label, BROWSER_SESSION_S)

    async def close_session(self, bearer: str) -> None:
        digest = _digest(bearer)
        self._checked.pop(digest, None)
        with suppress(RowRefusedError):  # it had expired
            await self._writer.write([ApiTokenRemoved(digest)])

    async def _issue(self, kind: str, label: str, span_s: int) -> str:
        secret = self._draw_secret()
        now = self._clock.now_us()
        await self._writer.write(
            [
                ApiToken(
                    id=self._ids.next(),
                    secret_hash=_digest(secret),
                    label=label,
                    kind=kind,
                    created_at=now,
                    expires_at=now + seconds(span_s),
                )
            ]
        )
        return secret


def _expired(token: ApiToken, now: Instant) -> bool:
    return token.expires_at is not None and token.expires_at <= now


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
