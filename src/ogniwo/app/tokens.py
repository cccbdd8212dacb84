"""Tokens as decisions need them: a bounded cache of what is on file, and their changes.

Who charges with a token now is in ``token_use``; how copies on other nodes learn of a change in
``reference``.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from typing import Final

from ogniwo.app.batching import Batched
from ogniwo.app.ports import (
    Records,
    RowRefusedError,
    Spawn,
    TokenChanged,
    TokenRemoved,
    Writer,
)
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.domain.access import Token, normalise_uid

CACHED_MAX = 200_000  # about 60 MB; a large operator's active cards
ATTEMPTS_MAX: Final = 5  # two change one token at a moment: the later looks again


class TokenFile:
    """What is on file, looked up in batches; also remembers that a token is *not* on file."""

    def __init__(
        self,
        records: Records,
        writer: Writer,
        spawn: Spawn,
        *,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._records = records
        self._writer = writer
        self._changed = changed  # tells the other nodes to look
        self._forgotten = 0
        self._cached: OrderedDict[str, Token | None] = OrderedDict()
        self._loader = Batched(self._load, spawn, name="load tokens")

    async def find(self, uid: str) -> Token | None:
        if uid in self._cached:
            return self._cached[uid]
        forgotten = self._forgotten
        token = await self._loader.get(uid)
        if uid in self._cached:  # changed while it was looked up: what was put is newer
            return self._cached[uid]
        if forgotten == self._forgotten:  # else it may be what was just withdrawn
            self._keep(uid, token)
        return token

    async def on_file(self, uid: str) -> Token | None:
        """As the database has it now, whatever is at hand here: what is to be changed."""
        return await self._loader.get(uid)

    def forget(self, uid: str) -> None:
        """It was changed somewhere: the next one who asks looks it up."""
        self._cached.pop(uid, None)
        self._forgotten += 1

    async def put(self, token: Token) -> None:
        """A whole one, whatever stood there: for one that nobody else can know yet."""
        await self._writer.write([token])
        self._keep(token.uid, token)
        self._changed()

    async def amend(self, uid: str, change: Callable[[Token | None], Token | None]) -> None:
        """Change what is on file as it is by then; ``change`` gives None to leave it.

        Blocked here is blocked everywhere, from the next decision on.
        Errors: RefusedError ``changed_meanwhile``, RowRefusedError.
        """
        before = await self.on_file(uid)
        for _ in range(ATTEMPTS_MAX):
            after = change(before)
            if after is None:
                return
            try:
                await self._writer.write([TokenChanged(before, after)])
            except RowRefusedError:
                found = await self.on_file(uid)
                if found == before:
                    raise  # nobody changed it: the data itself cannot be stored
                before = found
                continue
            self._keep(uid, after)
            self._changed()
            return
        raise RefusedError(
            "changed_meanwhile", "somebody else changed this just now: look at it and try again"
        )

    async def remove(self, uid: str) -> None:
        uid = normalise_uid(uid)
        if await self.on_file(uid) is None:
            raise MissingError("token", uid)
        await self._writer.write([TokenRemoved(uid)])
        self._keep(uid, None)
        self._changed()

    def _keep(self, uid: str, token: Token | None) -> None:
        self._cached[uid] = token
        self._cached.move_to_end(uid)
        if len(self._cached) > CACHED_MAX:
            self._cached.popitem(last=False)

    async def _load(self, uids: Collection[str]) -> Mapping[str, Token]:
        return {token.uid: token for token in await self._records.find_tokens(uids)}
