"""What can go wrong with a file on its way, each with the HTTP status that says it best."""

from typing import ClassVar

from ogniwo.base.errors import OgniwoError


class UploadError(OgniwoError):
    """Root of them; the text says what to do."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "upload_failed"


class CutError(UploadError):
    """The sender went away, or was silent for too long; what came is kept to go on from."""

    code = "upload_cut"


class UnreadableUploadError(UploadError):
    """A body, or a header about it, that makes no sense."""

    code = "upload_unreadable"


class OvertakenError(UploadError):
    """The same file began to come anew on another connection, which counts."""

    status = 409
    code = "upload_overtaken"


class TooLargeError(UploadError):
    status = 413
    code = "file_too_large"


class GapError(UploadError):
    """A part that does not begin where the file ends."""

    status = 416
    code = "upload_gap"

    def __init__(self, offset: int) -> None:
        super().__init__(f"{offset} bytes of this file are here: go on from there")
        self.headers = {"upload-offset": str(offset)}


class NoRoomError(UploadError):
    status = 507
    code = "disk_full"
