"""The code on a charging point: what stands in the QR sticker and in the address of its page.

Without one of its own a charging point has ``{station}*{evse}``, known without a row.
"""

import re
from typing import Final

from ogniwo.base.errors import UsageError

EVSE_MAX: Final = 1_000
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9*._+-]{2,47}")


def default_code(identity: str, evse: int) -> str:
    return f"{identity}*{evse}"


def from_default(code: str) -> tuple[str, int] | None:
    """(station identity, EVSE) that the code would name if it is nobody's own."""
    identity, star, number = code.rpartition("*")
    if not star or not identity or not number.isascii() or not number.isdecimal():
        return None
    evse = int(number[:5])
    return (identity, evse) if 1 <= evse <= EVSE_MAX and str(evse) == number else None


def filed_code(text: str) -> str:
    """Errors: UsageError."""
    code = text.strip()
    if _CODE.fullmatch(code) is None:
        raise UsageError("a code has 3 to 48 letters, digits and * . _ + -, e.g. PL*ABC*E00123*1")
    return code


def key_of(code: str) -> str:
    """Who types a code from a sticker does not mind its capitals."""
    return code.upper()
