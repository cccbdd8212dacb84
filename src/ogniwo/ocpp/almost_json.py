"""Rescue text that is almost JSON: what some stations write and a strict reader refuses.

Raw control characters inside strings, halves of surrogate pairs, ``NaN``, numbers beyond any
float. What is rescued is written anew as clean JSON; such numbers become ``null``. Structural
damage (a comma too many, a cut text) is not guessed at.
"""

import json
import math
from typing import Final

INT_DIGITS_MAX: Final = 18  # always fits 64 bits; no quantity of ours needs more


def rescue(text: str | bytes) -> bytes | None:
    """The same document as clean UTF-8 JSON, or None when there is no document in it."""
    if not isinstance(text, str):
        text = bytes(text).decode("utf-8", "replace")
    try:
        document = json.loads(
            text,
            strict=False,  # a raw tab or 0x02 inside an idTag
            parse_constant=lambda _: None,
            parse_float=_finite,
            parse_int=_bounded,
        )
        # A lone half of a surrogate pair has no UTF-8 form; it becomes a question mark.
        return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return None


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _bounded(text: str) -> int | None:
    return int(text) if len(text) <= INT_DIGITS_MAX else None
