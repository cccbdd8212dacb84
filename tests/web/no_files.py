"""A server on whose disk no file of a station lies, and none for stations."""

from ogniwo.app.filters import Cut
from ogniwo.app.firmware import FirmwareFile
from ogniwo.app.uploads import Received, Upload
from ogniwo.app.views import FileView, Page
from ogniwo.base.errors import MissingError


class NoFiles:
    """No station uploads anything here."""

    async def admit(self, secret: str) -> Upload:
        raise MissingError("upload", secret)

    async def received(self, upload: Upload, file: Received) -> None:
        raise MissingError("upload", file.name)

    async def files(self, identity: str, cut: Cut) -> Page[FileView]:
        return Page([])

    async def file(self, identity: str, number: str) -> tuple[int, FileView]:
        raise MissingError("file", number)


class NoFirmware:
    """No file is put here for stations."""

    def new_number(self) -> int:
        return 1

    async def files(self) -> list[FirmwareFile]:
        return []

    async def put(
        self, name: str, *, number: int, size_bytes: int, sha256: str, host: str, author: str
    ) -> FirmwareFile:
        raise MissingError("firmware file", name)

    async def remove(self, name: str) -> FirmwareFile:
        raise MissingError("firmware file", name)

    async def asked(self, seal: str, name: str) -> FirmwareFile:
        raise MissingError("firmware file", name)
