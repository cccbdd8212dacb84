"""A link as a picture that a phone reads. It is in no address of ours: it may be a secret."""

from typing import Annotated, Final

from litestar import post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from ogniwo.domain.people import Right
from ogniwo.web.qr import qr_of

TEXT_LENGTH_MAX: Final = 1_000  # beyond it, the modules are too small for a phone


class QrBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH_MAX)]


class QrView(Struct, frozen=True, kw_only=True):
    side: Annotated[int, Meta(description="Width and height in modules, with the quiet zone.")]
    path: Annotated[str, Meta(description="What is dark, as the `d` of an SVG path.")]


@post(
    "/qr-codes",
    summary="Draw a QR code",
    tags=["drivers"],
    opt={"right": Right.READ, "everywhere": False},
    status_code=200,
)
async def draw_qr_code(data: JSONBody[QrBody]) -> QrView:
    """Of a link, to be shown on a screen; nothing is kept."""
    found = qr_of(data.text)
    return QrView(side=found.side, path=found.path)


HANDLERS = [draw_qr_code]
