"""The codes on charging points: found, listed, given by an operator, and told as addresses."""

from typing import Final
from urllib.parse import quote

from msgspec import Struct

from ogniwo.app.driving.ports import DriverRecords, Place
from ogniwo.app.ports import Row, RowRefusedError, Writer
from ogniwo.app.read_models import ReadModels
from ogniwo.app.views import StationView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.domain.drivers import EvseCode, Removed
from ogniwo.domain.evse_codes import default_code, filed_code, from_default, key_of

SHEET_STATIONS_MAX: Final = 500  # of one sheet

PATH: Final = "/c/"


class CodeView(Struct, frozen=True, kw_only=True):
    """``own``: given by an operator; else it follows from the station's identity."""

    station_id: str
    evse_id: int
    code: str
    own: bool
    url: str


class CodeLabel(Struct, frozen=True, kw_only=True):
    """What stands on one sticker."""

    code: CodeView
    place: Place


class Codes:
    def __init__(
        self,
        *,
        records: DriverRecords,
        models: ReadModels,
        writer: Writer,
        clock: Clock,
        public_url: str | None,
    ) -> None:
        self._records = records
        self._models = models
        self._writer = writer
        self._clock = clock
        self._public_url = (public_url or "").rstrip("/")

    async def place(self, code: str) -> Place | None:
        """Where the code is; None for one that nobody has."""
        found = await self._records.code(key_of(code))
        if found is not None:
            identity, own = found
            return await self._records.place(identity, own.evse)
        named = from_default(code)
        return None if named is None else await self._records.place(*named)

    async def codes(self, identity: str) -> list[CodeView]:
        """Of each EVSE that the station has told of. Errors: MissingError."""
        station = await self._station(identity)
        own = {it.evse: it.code for it in await self._records.codes_of(identity)}
        evses = sorted({it.id for it in station.evses} | own.keys()) or [1]
        return [self._view(identity, evse, own.get(evse)) for evse in evses]

    async def code_of(self, identity: str, evse: int) -> str:
        own = {it.evse: it.code for it in await self._records.codes_of(identity)}
        return own.get(evse) or default_code(identity, evse)

    async def put(self, identity: str, evse: int, code: str | None, *, author: str) -> CodeView:
        """None gives the default back. Errors: MissingError, UsageError, RefusedError."""
        await self._station(identity)
        place = await self._records.place(identity, evse)
        if place is None:
            raise MissingError("station", identity)
        if code is None:
            await self._writer.write([Removed(EvseCode, (place.station_id, evse))])
            return self._view(identity, evse, None)
        own = await self._free(filed_code(code), identity, evse)
        row = EvseCode(
            station_id=place.station_id,
            evse=evse,
            code=own,
            code_key=key_of(own),
            author=author,
            at=self._clock.now_us(),
        )
        left = await self._records.code_left(row.code_key)
        rows: list[Row] = []
        if left is not None:
            rows.append(Removed(EvseCode, (left.station_id, left.evse)))
        try:
            await self._writer.write([*rows, row])
        except RowRefusedError as error:
            raise _taken(own) from error
        return self._view(identity, evse, own)

    async def labels(self, *, station_id: str | None, site_id: int | None) -> list[CodeLabel]:
        """Errors: MissingError, RefusedError."""
        if station_id is not None:
            identities = [station_id]
        else:
            identities = await self._records.identities_of_site(site_id or 0)
        if len(identities) > SHEET_STATIONS_MAX:
            raise RefusedError(
                "sheet_too_long", f"a sheet holds {SHEET_STATIONS_MAX} stations: print by station"
            )
        labels = []
        for identity in identities:
            for code in await self.codes(identity):
                place = await self._records.place(identity, code.evse_id)
                if place is not None:
                    labels.append(CodeLabel(code=code, place=place))
        return labels

    async def _free(self, code: str, identity: str, evse: int) -> str:
        """It must not be what another charging point is called without a row."""
        named = from_default(code)
        others = named is not None and named != (identity, evse)
        if named is not None and others and await self._records.place(*named) is not None:
            raise _taken(code)
        found = await self._records.code(key_of(code))
        if found is not None and (found[0], found[1].evse) != (identity, evse):
            raise _taken(code)
        return code

    async def _station(self, identity: str) -> StationView:
        station = await self._models.station(identity)
        if station is None:
            raise MissingError("station", identity)
        return station

    def _view(self, identity: str, evse: int, own: str | None) -> CodeView:
        code = own or default_code(identity, evse)
        return CodeView(
            station_id=identity,
            evse_id=evse,
            code=code,
            own=own is not None,
            url=f"{self._public_url}{PATH}{quote(code, safe='*')}",
        )


def _taken(code: str) -> RefusedError:
    return RefusedError("code_taken", f"another charging point has the code {code!r}: use another")
