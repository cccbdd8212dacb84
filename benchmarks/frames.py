"""WebSocket frames as a client needs them, as cheap as Python allows.

Owns masking, building and splitting; knows nothing of OCPP and does no I/O.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

TEXT: Final = 1
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10

FINAL: Final = 0x80
MASKED: Final = 0x80
SHORT_MAX: Final = 125
LENGTH_16: Final = 126
LENGTH_16_MAX: Final = 0xFFFF

# A real client draws a new key per frame. One key for all lets us mask what
# repeats once; the server cannot tell and unmasks every byte all the same.
MASK_KEY: Final = b"\x5a\xa7\x13\xec"


@cache
def _key_number(length: int, phase: int) -> int:
    key = (MASK_KEY * (length // 4 + 2))[phase : phase + length]
    return int.from_bytes(key, "little")


def mask(data: bytes, offset: int = 0) -> bytes:
    """Mask ``data`` that will stand at ``offset`` in its payload."""
    length = len(data)
    number = int.from_bytes(data, "little") ^ _key_number(length, offset % 4)
    return number.to_bytes(length, "little")


def header(length: int, opcode: int = TEXT) -> bytes:
    """What stands before a masked payload of this length."""
    if length <= SHORT_MAX:
        return bytes((FINAL | opcode, MASKED | length)) + MASK_KEY
    if length > LENGTH_16_MAX:
        raise ValueError(f"a station never sends {length} bytes here")
    return bytes((FINAL | opcode, MASKED | LENGTH_16)) + length.to_bytes(2, "big") + MASK_KEY


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    return header(len(payload), opcode) + mask(payload)


def whole_text(data: bytes) -> bytes | None:
    """The text when ``data`` is exactly one short text frame, by far the usual case."""
    if len(data) >= 2 and data[0] == FINAL | TEXT and data[1] == len(data) - 2 <= SHORT_MAX:
        return data[2:]
    return None


def split(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take the complete server frames off the front of the buffer."""
    while len(buffer) >= 2:
        length, start = buffer[1], 2
        if length == LENGTH_16:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length > LENGTH_16:
            raise ValueError("the server sent a masked or a huge frame")
        if len(buffer) < start or len(buffer) < start + length:
            return
        if not buffer[0] & FINAL:
            raise ValueError("the server fragmented an answer")
        frame = buffer[0] & 0x0F, bytes(buffer[start : start + length])
        del buffer[: start + length]
        yield frame
