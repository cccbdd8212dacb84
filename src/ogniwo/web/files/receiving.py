"""Taking a file in: to disk in large steps, gone on with after a cut, listed when whole."""

import asyncio
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Final

from litestar.exceptions import InternalServerException
from msgspec import Struct

from ogniwo.app.uploads import Received, Upload, UploadClosedError
from ogniwo.web.files.bodies import Form, Part, clean_name
from ogniwo.web.files.shelf import Draft, Shelf
from ogniwo.web.files.troubles import CutError, OvertakenError, UnreadableUploadError, UploadError
from ogniwo.web.ports import Uploads

STEP_BYTES: Final = 1024 * 1024  # a thread's work at once, and all that is held in memory
SILENCE_S: Final = 120  # of a sender; modems stall
AT_ONCE_MAX: Final = 64


class BusyError(UploadError):
    status = 503
    code = "uploads_full"


class Sent(Struct, frozen=True, kw_only=True):
    """A request that carries a file or a part of it."""

    part: Part
    name: str | None
    media_type: str | None
    form: Form | None


class Turn:
    """The requests that carry one file: of two the later one counts, the other may be dead."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()  # around whatever touches the file
        self.latest = 0
        self.requests = 0


class Receiver:
    def __init__(self, uploads: Uploads, shelf: Shelf) -> None:
        self._uploads = uploads
        self._shelf = shelf
        self._turns: dict[str, Turn] = {}
        self._arrivals = count(1)

    async def offset(self, secret: str) -> int:
        """How much of it is here. Errors: MissingError, UploadClosedError."""
        upload = await self._uploads.admit(secret)
        return await asyncio.to_thread(self._shelf.offset, upload.number)

    async def receive(self, secret: str, sent: Sent, body: AsyncIterator[bytes]) -> int | None:
        """None when the file is whole, else how much of it is here.

        Errors: MissingError, UploadClosedError, UploadError.
        """
        if len(self._turns) >= AT_ONCE_MAX and secret not in self._turns:
            raise BusyError("too many files are coming at this moment: try again in a minute")
        turn = self._turns.setdefault(secret, Turn())
        turn.latest = arrival = next(self._arrivals)
        turn.requests += 1
        try:
            upload = await self._uploads.admit(secret)
            taking = _Taking(secret, upload, sent, turn, arrival)
            return await self._take(taking, body)
        finally:
            turn.requests -= 1
            if turn.requests == 0:
                del self._turns[secret]

    async def _take(self, taking: "_Taking", body: AsyncIterator[bytes]) -> int | None:
        part, upload = taking.sent.part, taking.upload
        async with taking.mine():
            draft = await asyncio.to_thread(
                self._shelf.begin, upload.number, part.first, part.announced
            )
        try:
            await _write(taking, draft, body)
            if draft.size == 0:
                raise UnreadableUploadError("the file is empty: nothing was taken")
            if part.last is not None and draft.size != part.last + 1:
                raise CutError(f"the range was not filled: {draft.size} bytes are here")
            if not part.ends:
                return draft.size
            async with taking.mine():
                await self._finish(taking, draft)
        finally:
            await asyncio.to_thread(draft.close)
        return None

    async def _finish(self, taking: "_Taking", draft: Draft) -> None:
        upload = taking.upload
        try:
            await self._uploads.admit(taking.secret)  # it may have come whole while this one came
        except UploadClosedError:
            await asyncio.to_thread(draft.drop)
            raise
        target = self._shelf.path(upload.station_id, upload.number)
        size, digest = await asyncio.to_thread(draft.keep, target)
        await self._uploads.received(upload, self._told(upload, taking.sent, size, digest))

    def _told(self, upload: Upload, sent: Sent, size: int, digest: str) -> Received:
        name, media_type = sent.name, sent.media_type
        if sent.form is not None:
            name, media_type = sent.form.name or name, sent.form.media_type
        return Received(
            name=clean_name(name, f"{upload.kind}-{upload.number}"),
            media_type=media_type,
            size_bytes=size,
            sha256=digest,
            host=platform.node(),
        )


async def keep_whole(shelf: Shelf, number: int, body: AsyncIterator[bytes]) -> tuple[int, str]:
    """An operator's firmware file, in one go; its size and SHA-256. Errors: UploadError."""
    draft = await asyncio.to_thread(shelf.begin, number, 0, 0)
    kept = False
    try:
        held: list[bytes] = []
        size = 0
        async for chunk in _unhurried(body):
            held.append(chunk)
            size += len(chunk)
            if size >= STEP_BYTES:
                await asyncio.to_thread(draft.write, b"".join(held))
                held, size = [], 0
        await asyncio.to_thread(draft.write, b"".join(held))
        if draft.size == 0:
            raise UnreadableUploadError("the file is empty: nothing was taken")
        told = await asyncio.to_thread(draft.keep, shelf.firmware(number))
        kept = True
    finally:
        await asyncio.to_thread(draft.close if kept else draft.drop)
    return told


class _Taking(Struct, frozen=True):
    """One request, and its place among those that carry the same file."""

    secret: str
    upload: Upload
    sent: Sent
    turn: Turn
    arrival: int

    @asynccontextmanager
    async def mine(self) -> AsyncIterator[None]:
        """Alone with the file. Errors: OvertakenError."""
        async with self.turn.lock:
            if self.turn.latest != self.arrival:
                raise OvertakenError("the same file comes on another connection now")
            yield


async def _write(taking: _Taking, draft: Draft, body: AsyncIterator[bytes]) -> None:
    """What came before a cut is written too: it can be gone on from."""
    held: list[bytes] = []
    size = 0
    form = taking.sent.form
    try:
        async for chunk in _unhurried(body) if form is None else form.file_in(_unhurried(body)):
            held.append(chunk)
            size += len(chunk)
            if size >= STEP_BYTES:
                await _step(taking, draft, held)
                size = 0
    except CutError:
        if held:
            await _step(taking, draft, held)
        raise
    if held:
        await _step(taking, draft, held)


async def _step(taking: _Taking, draft: Draft, held: list[bytes]) -> None:
    async with taking.mine():
        await asyncio.to_thread(draft.write, b"".join(held))
    held.clear()


async def _unhurried(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Errors: CutError."""
    while True:
        try:
            async with asyncio.timeout(SILENCE_S):
                chunk = await anext(body, None)
        except TimeoutError:
            raise CutError(f"nothing came for {SILENCE_S} s: go on from where it ended") from None
        except InternalServerException:  # what the framework calls a sender that hung up
            raise CutError("the sender went away in the middle") from None
        if chunk is None:
            return
        if chunk:
            yield chunk
