"""Tokens as the operator administers them."""

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from ogniwo.app.driving.ports import DriverRecords
from ogniwo.app.read_models import ReadModels
from ogniwo.app.requests import TokenInput
from ogniwo.app.tokens import TokenFile
from ogniwo.app.views import TokenView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, UsageError
from ogniwo.domain.access import Token, TokenType, normalise_uid

UID_LENGTH_MAX = 255  # OCPP 2.1's idToken


class TokenAdmin:
    def __init__(
        self, file: TokenFile, models: ReadModels, drivers: DriverRecords, clock: Clock
    ) -> None:
        self.file = file
        self._models = models
        self._drivers = drivers
        self._clock = clock

    async def put_token(self, wanted: TokenInput) -> TokenView:
        uid = normalise_uid(wanted.uid)
        if not uid or len(uid) > UID_LENGTH_MAX or not uid.isprintable():
            raise UsageError(f"a token's uid has 1 to {UID_LENGTH_MAX} printable characters")
        await self._check_driver(wanted.driver_id)
        named = {name: it for name, it in asdict(wanted).items() if it is not UNSET}
        now = self._clock.now_us()

        def change(on_file: Token | None) -> Token:
            before = on_file or Token(uid=uid, type=TokenType.RFID, created_at=now)
            after = replace(before, **{**named, "uid": uid})
            if after.driver_id == before.driver_id:
                return after
            # What a card charged for another is not for its new driver to see.
            return replace(after, driver_since=None if after.driver_id is None else now)

        await self.file.amend(uid, change)
        view = await self._models.token(uid)
        if view is None:
            raise MissingError("token", uid)
        return view

    async def remove_token(self, uid: str) -> None:
        await self.file.remove(uid)

    async def _check_driver(self, driver_id: int | UnsetType | None) -> None:
        if driver_id is None or driver_id is UNSET:
            return
        if await self._drivers.driver(driver_id) is None:
            raise MissingError("driver", str(driver_id))
