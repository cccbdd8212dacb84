"""Why a station cannot carry out an order: a code for programs and translations, and a sentence."""

from msgspec import Struct


class WhyNot(Struct, frozen=True):
    """``of`` is what the code speaks of: a variable, a version, a profile of features."""

    code: str
    text: str
    of: str | None = None
