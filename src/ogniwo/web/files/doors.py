"""What request handlers ask for by name to deal with files."""

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from ogniwo.web import ports
from ogniwo.web.files.receiving import Receiver
from ogniwo.web.files.shelf import Shelf

Taking = NamedDependency[SkipValidation[Receiver]]
Lying = NamedDependency[SkipValidation[Shelf]]
Uploads = NamedDependency[SkipValidation[ports.Uploads]]
Firmware = NamedDependency[SkipValidation[ports.Firmware]]


def file_dependencies(
    uploads: ports.Uploads, firmware: ports.Firmware, shelf: Shelf
) -> dict[str, Provide]:
    receiver = Receiver(uploads, shelf)
    return {
        "receiver": Provide(lambda: receiver, sync_to_thread=False),
        "shelf": Provide(lambda: shelf, sync_to_thread=False),
        "uploads": Provide(lambda: uploads, sync_to_thread=False),
        "firmware": Provide(lambda: firmware, sync_to_thread=False),
    }
