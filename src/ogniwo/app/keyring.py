"""Who may use the HTTP API: long-lived tokens of programs, short-lived ones of browsers.

Secrets are random and long, so a plain hash is kept of them; one-time codes and browser
sessions live in memory only and end with the process.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from ogniwo.app.ports import ApiToken, Records, Writer
from ogniwo.app.requests import Principal
from ogniwo.base.clock import Clock
from ogniwo.base.units import Instant, seconds

BROWSER_SESSION_S: Final = 12 * 3_600
ONE_TIME_CODE_S: Final = 15 * 60
SESSIONS_MAX: Final = 10_000
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
        draw_secret: Callable[[], str],
    ) -> None:
        self._records = records
        self._writer = writer
        self._clock = clock
        self._draw_secret = draw_secret
        self._codes: dict[bytes, Instant] = {}
        self._browsers: OrderedDict[bytes, tuple[Principal, Instant]] = OrderedDict()
        self._checked: OrderedDict[bytes, tuple[Principal, Instant]] = OrderedDict()

    async def check(self, bearer: str) -> Principal | None:
        digest = _digest(bearer)
        now = self._clock.now_us()
        for known in (self._browsers, self._checked):
            entry = known.get(digest)
            if entry is not None and entry[1] > now:
                return entry[0]
        token = await self._records.find_api_token(digest)
        if token is None or (token.expires_at is not None and token.expires_at <= now):
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

    def issue_code(self) -> str:
        """A one-time code for the link that is shown at the first start."""
        code = self._draw_secret()
        self._codes[_digest(code)] = self._clock.now_us() + seconds(ONE_TIME_CODE_S)
        return code

    async def redeem(self, code: str) -> str | None:
        expires_at = self._codes.pop(_digest(code), None)
        if expires_at is None or expires_at <= self._clock.now_us():
            return None
        return await self.open_session(Principal(token_id="0", label="one-time link"))

    async def open_session(self, principal: Principal) -> str:
        bearer = self._draw_secret()
        until = self._clock.now_us() + seconds(BROWSER_SESSION_S)
        self._browsers[_digest(bearer)] = (principal, until)
        while len(self._browsers) > SESSIONS_MAX:
            self._browsers.popitem(last=False)
        return bearer

    async def close_session(self, bearer: str) -> None:
        self._browsers.pop(_digest(bearer), None)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
