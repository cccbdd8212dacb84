"""What stations upload: an address of its own for each order, good once, and what came there.

The address holds the order's number under a seal of ours, so nothing secret is kept anywhere and
every node that has the server's key can make it and take the file. Where the bytes lie is the
web's business.
"""

import hashlib
import hmac
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.filters import Cut, HoldingFilter
from ogniwo.app.firmware import firmware_path
from ogniwo.app.ports import Records, Writer
from ogniwo.app.read_models import ReadModels
from ogniwo.app.views import FileView, HoldingView, Page
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, OgniwoError
from ogniwo.base.ids import Ids
from ogniwo.base.units import seconds
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.holdings import GONE, Holding, Kind
from ogniwo.domain.orders import AnyOrder, GetLog, UpdateFirmware

PATH: Final = "/files/upload/"
OPEN_S: Final = 24 * 3_600  # after the order was sent: stations try again for hours
_SEAL_CHARS: Final = 32  # of SHA-256 in hexadecimal: 128 bits


class UploadClosedError(OgniwoError):
    """The address was used, or its time is over."""


class Upload(Struct, frozen=True, kw_only=True):
    """A file that may come now; its number is that of the order that asked for it."""

    number: int
    station_id: int
    kind: str


class Received(Struct, frozen=True, kw_only=True):
    """A file that came whole. ``name`` is the station's, cleaned; ``host`` has it on its disk."""

    name: str
    media_type: str | None
    size_bytes: int
    sha256: str
    host: str


class UploadUrls:
    def __init__(self, key: bytes, base_url: str | None) -> None:
        """``base_url``: where stations reach our HTTP; None: nowhere."""
        self._key = key
        self.base_url = base_url

    def located(self, order: AnyOrder, command_id: int) -> AnyOrder:
        """The order as it goes out: a log without a location comes to us, our files from us."""
        if self.base_url is None:
            return order
        if isinstance(order, UpdateFirmware) and order.file is not None:
            path = firmware_path(self._key, order.file, order.sha256 or "")
            return replace(order, location=f"{self.base_url.rstrip('/')}{path}")
        if not isinstance(order, GetLog) or order.location is not None:
            return order
        # With a slash at its end, so that stations put their file's name behind it.
        url = f"{self.base_url.rstrip('/')}{PATH}{self.secret(command_id)}/"
        return replace(order, location=url)

    def secret(self, number: int) -> str:
        return f"{number:x}-{self._seal(number)}"

    def number_in(self, secret: str) -> int | None:
        """None where we did not write it."""
        text, _, seal = secret.partition("-")
        try:
            number = int(text, 16)
        except ValueError:
            return None
        return number if hmac.compare_digest(seal.encode(), self._seal(number).encode()) else None

    def _seal(self, number: int) -> str:
        said = f"upload {number}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()[:_SEAL_CHARS]


class Uploads:
    def __init__(
        self,
        *,
        urls: UploadUrls,
        records: Records,
        models: ReadModels,
        writer: Writer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._urls = urls
        self._records = records
        self._models = models
        self._writer = writer
        self._clock = clock
        self._ids = ids

    async def admit(self, secret: str) -> Upload:
        """Errors: MissingError, UploadClosedError."""
        number = self._urls.number_in(secret)
        command = None if number is None else await self._records.command_by_id(number)
        if command is None or command.sent_at is None or not isinstance(command.order, GetLog):
            raise MissingError("upload", secret[:8])
        if self._clock.now_us() > command.sent_at + seconds(OPEN_S):
            raise UploadClosedError("this address is too old: order the log again")
        wanted = [(Kind.FILE, str(command.id))]
        if await self._records.find_holdings(command.station_id, wanted):
            raise UploadClosedError("a file was uploaded here already: order the log again")
        return Upload(
            number=command.id, station_id=command.station_id, kind=command.order.kind.value
        )

    async def received(self, upload: Upload, file: Received) -> None:
        """The file is on disk; from now on it is listed. Errors: those of the writer."""
        now = self._clock.now_us()
        held = Holding(
            station_id=upload.station_id,
            kind=Kind.FILE,
            key=str(upload.number),
            at=now,
            value=file.name,
            state="received",
            data={
                "kind": upload.kind,
                "media_type": file.media_type,
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
                "host": file.host,
            },
            command_id=upload.number,
        )
        told = Event(
            id=self._ids.next(),
            kind=EventKind.FILE_RECEIVED,
            at=now,
            station_id=upload.station_id,
            command_id=upload.number,
            data={"name": file.name, "size_bytes": file.size_bytes},
        )
        await self._writer.write([held, told])

    async def forgotten(self, station_id: int, number: int) -> None:
        """The file is no longer on disk."""
        gone = Holding(
            station_id=station_id,
            kind=Kind.FILE,
            key=str(number),
            at=self._clock.now_us(),
            state=GONE,
        )
        await self._writer.write([gone])

    async def files(self, identity: str, cut: Cut) -> Page[FileView]:
        """Of one station, oldest first."""
        where = HoldingFilter(station_id=identity, kind=Kind.FILE.value)
        page = await self._models.holdings(where, cut)
        return Page([_view(it) for it in page.items], page.next_cursor)

    async def file(self, identity: str, number: str) -> tuple[int, FileView]:
        """The station's own number, and what is known of the file. Errors: MissingError."""
        stations = await self._records.find_credentials([identity])
        where = HoldingFilter(station_id=identity, kind=Kind.FILE.value, key=number)
        page = await self._models.holdings(where, Cut())
        found = [it for it in page.items if it.key == number]
        if not stations or not found:
            raise MissingError("file", number)
        return stations[0].station_id, _view(found[0])


def _view(held: HoldingView) -> FileView:
    return FileView(
        id=held.key,
        name=held.value or held.key,
        kind=_text(held.data.get("kind")) or "",
        media_type=_text(held.data.get("media_type")),
        size_bytes=_number(held.data.get("size_bytes")),
        sha256=_text(held.data.get("sha256")) or "",
        host=_text(held.data.get("host")) or "",
        received_at=held.at,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
