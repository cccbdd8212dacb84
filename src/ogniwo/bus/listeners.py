"""Who on this node hears what, and what becomes of a listener that fails: it is logged."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import Struct

from ogniwo.app.bus import AnyNotice
from ogniwo.base import log

_log = log.get("bus")

N = TypeVar("N", bound=AnyNotice)


class Listeners:
    def __init__(self) -> None:
        # The type of a listener follows from its key, which no type of a dict can say.
        self._by_kind: defaultdict[type[Struct], list[Callable[[Any], None]]] = defaultdict(list)

    @property
    def kinds(self) -> list[type[Struct]]:
        return list(self._by_kind)

    def add(self, kind: type[N], hear: Callable[[N], None]) -> None:
        self._by_kind[kind].append(hear)

    def hear(self, notice: AnyNotice) -> None:
        for hear in self._by_kind.get(type(notice), ()):
            try:
                hear(notice)
            except Exception:  # noqa: BLE001 - one listener's bug must not deafen the others
                _log.exception("bus_listener_failed", kind=type(notice).__name__)

    def clear(self) -> None:
        self._by_kind.clear()
