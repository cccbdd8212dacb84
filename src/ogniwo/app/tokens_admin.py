"""Tokens as the operator administers them."""

from ogniwo.app.ports import ReadModels
from ogniwo.app.requests import TokenInput
from ogniwo.app.tokens import TokenFile
from ogniwo.app.views import TokenView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, UsageError
from ogniwo.domain.access import Token, normalise_uid

UID_LENGTH_MAX = 255  # OCPP 2.1's idToken


class TokenAdmin:
    def __init__(self, file: TokenFile, models: ReadModels, clock: Clock) -> None:
        self._file = file
        self._models = models
        self._clock = clock

    async def put_token(self, token: TokenInput) -> TokenView:
        uid = normalise_uid(token.uid)
        if not uid or len(uid) > UID_LENGTH_MAX or not uid.isprintable():
            raise UsageError(f"a token's uid has 1 to {UID_LENGTH_MAX} printable characters")
        await self._file.put(
            Token(
                uid=uid,
                type=token.type,
                status=token.status,
                group=token.group,
                expires_at=token.expires_at,
                concurrent=token.concurrent,
                created_at=self._clock.now_us(),
            )
        )
        view = await self._models.token(uid)
        if view is None:
            raise MissingError("token", uid)
        return view

    async def remove_token(self, uid: str) -> None:
        await self._file.remove(uid)
