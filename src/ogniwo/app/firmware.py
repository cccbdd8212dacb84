"""Firmware that an operator put here for stations: which files there are, and their addresses.

An address holds a seal over the file's name and content: it is good for that content alone, so a
station that goes on after a cut never joins halves of two. Where the bytes lie is the web's
business.
"""

import hashlib
import hmac
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from ogniwo.app.ports import Document, DocumentRemoved, Records, Writer
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError
from ogniwo.base.ids import Ids
from ogniwo.base.units import Instant

FIRMWARE: Final = "firmware"  # a document's kind; the key is its name
PATH: Final = "/files/firmware/"
_SEAL_CHARS: Final = 32  # of SHA-256 in hexadecimal: 128 bits


class FirmwareFile(Struct, frozen=True, kw_only=True):
    """``number`` names it on the disk of ``host``."""

    name: str
    number: int
    size_bytes: int
    sha256: str
    host: str
    author: str
    added_at: Instant


def firmware_path(key: bytes, name: str, sha256: str) -> str:
    return f"{PATH}{_seal(key, name, sha256)}/{quote(name, safe='')}"


class FirmwareFiles:
    def __init__(
        self, *, key: bytes, records: Records, writer: Writer, clock: Clock, ids: Ids
    ) -> None:
        self._key = key
        self._records = records
        self._writer = writer
        self._clock = clock
        self._ids = ids

    def new_number(self) -> int:
        return self._ids.next()

    async def files(self) -> list[FirmwareFile]:
        """By name."""
        return [_to_file(it) for it in await self._records.documents(FIRMWARE)]

    async def file(self, name: str) -> FirmwareFile:
        """Errors: MissingError."""
        for it in await self.files():
            if it.name == name:
                return it
        raise MissingError("firmware file", name)

    async def put(
        self, name: str, *, number: int, size_bytes: int, sha256: str, host: str, author: str
    ) -> FirmwareFile:
        """It is whole and on disk; one of the same name is replaced."""
        data = {"number": number, "size_bytes": size_bytes, "sha256": sha256, "host": host}
        row = Document(kind=FIRMWARE, key=name, data=data, author=author, at=self._clock.now_us())
        await self._writer.write([row])
        return _to_file(row)

    async def remove(self, name: str) -> FirmwareFile:
        """Errors: MissingError."""
        removed = await self.file(name)
        await self._writer.write([DocumentRemoved(FIRMWARE, name)])
        return removed

    async def asked(self, seal: str, name: str) -> FirmwareFile:
        """A station's question, which knows the seal. Errors: MissingError."""
        found = await self.file(name)
        if not hmac.compare_digest(seal.encode(), _seal(self._key, name, found.sha256).encode()):
            raise MissingError("firmware file", name)
        return found


def _seal(key: bytes, name: str, sha256: str) -> str:
    said = f"firmware {sha256} {name}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:_SEAL_CHARS]


def _to_file(row: Document) -> FirmwareFile:
    return FirmwareFile(name=row.key, author=row.author, added_at=row.at, **row.data)  # type: ignore[arg-type] # as ``put`` wrote it
