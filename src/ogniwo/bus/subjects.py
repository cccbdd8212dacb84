"""What is said where: every subject begins with the prefix of its cluster.

``PREFIX.node.NUMBER.KIND`` takes questions, ``PREFIX.notice.KIND`` carries notices, and answers
go to ``PREFIX.answer.INBOX.NUMBER``. A server that limits its users grants ``PREFIX.>``.
"""

import re
import secrets
from typing import Final

from msgspec import Struct

from ogniwo.app.bus import Asked
from ogniwo.app.live import LiveBatch
from ogniwo.base.errors import UsageError

PREFIX: Final = "ogniwo"
_PREFIX: Final = re.compile(r"[A-Za-z0-9_-]{1,32}(\.[A-Za-z0-9_-]{1,32}){0,3}")
_LIVE: Final = "live"  # LiveBatch has no tag: it is sent to browsers as it is


class Subjects:
    def __init__(self, prefix: str = PREFIX) -> None:
        """Errors: UsageError."""
        if not _PREFIX.fullmatch(prefix):
            raise UsageError(
                f"the bus prefix {prefix!r} cannot be used: take letters, digits, - and _, "
                "in up to four parts with dots between them"
            )
        self._prefix = prefix

    @property
    def everything(self) -> str:
        return f"{self._prefix}.>"

    @property
    def probe(self) -> str:
        """Nobody listens there."""
        return f"{self._prefix}.notice.probe"

    def of_a_node(self) -> list[str]:
        """What a node subscribes to, by example."""
        return [self.questions(0), self.probe, f"{self.new_inbox()}.*"]

    def question(self, node: int, asked: Asked) -> str:
        return f"{self._prefix}.node.{node}.{asked.__struct_config__.tag}"

    def questions(self, node: int) -> str:
        return f"{self._prefix}.node.{node}.>"

    def notice(self, kind: type[Struct]) -> str:
        name = _LIVE if kind is LiveBatch else kind.__struct_config__.tag
        return f"{self._prefix}.notice.{name}"

    def new_inbox(self) -> str:
        """Nobody else's: an answer that comes late must not reach another connection."""
        return f"{self._prefix}.answer.{secrets.token_hex(8)}"
