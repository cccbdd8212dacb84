"""Answers that judge each of several things: what the whole amounts to, and which were refused."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.holdings import Held


class Element(Struct, frozen=True, kw_only=True):
    """What a station said about one thing; ``word`` is its own, ``held`` what is known since."""

    key: str
    word: str
    good: bool
    reason: str | None = None
    held: Held | None = None


def outcome_of(asked: Iterable[str], told: Iterable[Element], *, lenient: bool = False) -> Outcome:
    """Accepted if all were, or with ``lenient`` any; the reason names each that was not.

    Answers come in any order; of a thing that was not asked for nothing is believed (B05).
    """
    by_key: Mapping[str, Element] = {it.key.casefold(): it for it in told}
    keys = list(asked)
    found = [(key, by_key.get(key.casefold())) for key in keys]
    good = [it for _, it in found if it is not None and it.good]
    words = {it.word: None for _, it in found if it is not None}
    accepted = len(good) == len(keys) or (lenient and bool(good))
    worth = [(key, it) for key, it in found if it is None or not it.good or it.reason]
    return Outcome(
        reply=Reply.ACCEPTED if accepted else Reply.REJECTED,
        result=", ".join(words) or "nothing",
        reason="; ".join(_in_words(*it) for it in worth) or None,
        held=tuple(it.held for _, it in found if it is not None and it.held is not None),
    )


def _in_words(key: str, said: Element | None) -> str:
    if said is None:
        return f"{key}: the station said nothing"
    return f"{key}: {said.word}" + (f" ({said.reason})" if said.reason else "")
