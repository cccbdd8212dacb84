"""Slows down whoever guesses passwords, and does not lock out whom they are guessed of.

Counted apart: wrong tries for a login, wrong tries from an address, and those of a browser that
has signed in with the login before. The last is not slowed by what strangers do.
"""

from collections import OrderedDict
from typing import Final

from msgspec import Struct

from ogniwo.base.errors import RefusedError
from ogniwo.base.units import US_PER_SECOND, Instant, seconds

FREE_OF_LOGIN: Final = 5  # wrong tries before it gets slow: people mistype
FREE_OF_PEER: Final = 20  # an office may share an address
PAUSE_S_MAX: Final = 60
FORGOTTEN_S: Final = 15 * 60  # after the last wrong try
REMEMBERED_MAX: Final = 10_000


class TooManyTriesError(RefusedError):
    def __init__(self, wait_s: int) -> None:
        super().__init__(
            "too_many_tries", f"too many wrong tries: wait {wait_s} seconds, then try once more"
        )
        self.wait_s = wait_s


class _Tries(Struct):
    wrong: int = 0
    last: Instant = 0


class Guessing:
    """In memory, of this node alone."""

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[str, str], _Tries] = OrderedDict()

    def check(self, login: str, peer: str, *, known: bool, now: Instant) -> None:
        """``known``: this browser signed in so before. Errors: TooManyTriesError.

        What is refused here is not counted: who waits, waits no longer for it.
        """
        wait_us = max(self._pause(key, free, now) for key, free in _keys(login, peer, known))
        if wait_us > 0:
            raise TooManyTriesError(-(-wait_us // US_PER_SECOND))

    def tried(self, login: str, peer: str, *, known: bool, now: Instant) -> None:
        """Counted before it is known to be wrong: ``right`` takes it back.

        The check is slow, and many at one moment would all begin it.
        """
        for key, _ in _keys(login, peer, known):
            tries = self._fresh(key, now)
            tries.wrong += 1
            tries.last = now
            self._tries[key] = tries
            self._tries.move_to_end(key)
        while len(self._tries) > REMEMBERED_MAX:
            self._tries.popitem(last=False)

    def right(self, login: str, peer: str, *, known: bool) -> None:
        """The address is not cleared: one account of one's own must not hide many guesses."""
        first, *others = (key for key, _ in _keys(login, peer, known))
        self._tries.pop(first, None)
        for key in others:
            if tries := self._tries.get(key):
                tries.wrong -= 1  # this one was none

    def _pause(self, key: tuple[str, str], free: int, now: Instant) -> int:
        tries = self._fresh(key, now)
        if tries.wrong < free:
            return 0
        pause_s = min(1 << min(tries.wrong - free, 10), PAUSE_S_MAX)
        return tries.last + seconds(pause_s) - now

    def _fresh(self, key: tuple[str, str], now: Instant) -> _Tries:
        tries = self._tries.get(key)
        return tries if tries and now - tries.last < seconds(FORGOTTEN_S) else _Tries()


def _keys(login: str, peer: str, known: bool) -> list[tuple[tuple[str, str], int]]:  # noqa: FBT001 - a fact of the browser
    if known:
        return [(("browser", login), FREE_OF_LOGIN)]
    return [(("login", login), FREE_OF_LOGIN), (("peer", peer), FREE_OF_PEER)]
