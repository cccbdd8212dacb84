"""Passwords of people, hashed slowly and beside the event loop.

What is slow on purpose is also what a stranger could wear us out with: few are worked on at a
time, and no more wait than would be answered in a moment.
"""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ogniwo.base.errors import RefusedError, UsageError

LENGTH_MIN: Final = 10
LENGTH_MAX: Final = 256  # a passphrase fits, a book that we would have to hash does not
AT_ONCE: Final = 2  # each takes 64 MiB and a core for a twentieth of a second
WAITING_MAX: Final = 40  # a second or two


class WeakPasswordError(UsageError):
    """It would be guessed."""


class Passwords:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        return await self._slowly(password, None)

    async def fits(self, kept: str | None, password: str) -> bool:
        """Without a hash it takes as long, and is never true: nobody learns which logins exist."""
        if kept is None:
            self._nobodys = self._nobodys or await self.hash("nobody has this password")
            await self._slowly(password, self._nobodys)
            return False
        return bool(await self._slowly(password, kept))

    async def _slowly(self, password: str, kept: str | None) -> str:
        if self._waiting >= WAITING_MAX:
            raise RefusedError("busy", "too many sign in at this moment: try again in some seconds")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(self._work, password[:LENGTH_MAX], kept)
        finally:
            self._waiting -= 1

    def _work(self, password: str, kept: str | None) -> str:
        """The hash; or with one to compare, it if the password fits, else nothing."""
        if kept is None:
            return self._hasher.hash(password)
        try:
            self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return ""
        return kept


def check_password(password: str, login: str) -> None:
    """Errors: UsageError."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise WeakPasswordError(
            f"a password has {LENGTH_MIN} to {LENGTH_MAX} characters: a few words make a good one"
        )
    if password.casefold() == login.casefold() or len(set(password)) < 4:
        raise WeakPasswordError("this password would be guessed at once: choose another one")
