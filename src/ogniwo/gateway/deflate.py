"""permessage-deflate (RFC 7692): which offer is taken, and how one message is packed.

The server never keeps a compression context between messages (server_no_context_takeover):
a context costs 80 to 250 kB for the life of a link and saves little on short answers. The
station may keep its own, which is what makes repeated meter values small.
"""

import zlib
from dataclasses import dataclass
from typing import Final

PACK_FROM_BYTES: Final = 256  # below this the saving is lost in the effort
_WINDOW_BITS: Final = 12  # 4 kB: our messages are short, and the context is made anew each time
_WINDOW_BITS_MIN: Final = 9  # zlib cannot make a raw stream with 8
_WINDOW_BITS_MAX: Final = 15
_MEMORY_LEVEL: Final = 5
_TAIL: Final = b"\x00\x00\xff\xff"  # implied by the end of the message (RFC 7692, 7.2.1)
_EXTENSION: Final = "permessage-deflate"


@dataclass(frozen=True, slots=True)
class Deflate:
    """The agreed parameters; ``answer`` is the value of Sec-WebSocket-Extensions."""

    window_bits: int
    answer: str

    def pack(self, message: bytes) -> bytes:
        packer = zlib.compressobj(1, zlib.DEFLATED, -self.window_bits, _MEMORY_LEVEL)
        packed = packer.compress(message) + packer.flush(zlib.Z_SYNC_FLUSH)
        return packed.removesuffix(_TAIL)


def choose_deflate(extensions: str) -> Deflate | None:
    """The first offer we can honour; an offer with anything unknown in it is passed over."""
    for offer in extensions.split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        if name.lower() == _EXTENSION and (chosen := _answer_offer(parameters)) is not None:
            return chosen
    return None


def _answer_offer(parameters: list[str]) -> Deflate | None:
    offered: dict[str, str] = {}
    for parameter in parameters:
        name, _, value = (part.strip() for part in parameter.partition("="))
        if name in offered or not _parameter_valid(name, value.strip('"')):
            return None
        offered[name] = value.strip('"')

    answer = [_EXTENSION, "server_no_context_takeover"]
    if "client_no_context_takeover" in offered:
        answer.append("client_no_context_takeover")
    window_bits = _WINDOW_BITS
    if "server_max_window_bits" in offered:
        window_bits = min(_WINDOW_BITS, int(offered["server_max_window_bits"]))
        if window_bits < _WINDOW_BITS_MIN:
            return None
        answer.append(f"server_max_window_bits={window_bits}")
    return Deflate(window_bits, "; ".join(answer))


def _parameter_valid(name: str, value: str) -> bool:
    match name:
        case "server_no_context_takeover" | "client_no_context_takeover":
            return value == ""
        case "client_max_window_bits":
            return value == "" or _bits_valid(value)
        case "server_max_window_bits":
            return _bits_valid(value)
        case _:
            return False


def _bits_valid(value: str) -> bool:
    return value.isascii() and value.isdigit() and 8 <= int(value) <= _WINDOW_BITS_MAX
