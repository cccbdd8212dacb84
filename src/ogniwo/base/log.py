"""The log: one line per event, a name and its fields, on standard error.

``domain``, ``planning`` and ``ocpp`` never log; they return what happened.
"""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog


class _Stream:
    """Lines that cannot be written are lost, and nobody who logs fails of it.

    A log lies on the disk that is full, or goes to a program that has ended.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def set_up(*, level: str = "info", as_json: bool = False) -> None:
    """Once per process, before anything runs."""
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=cast("TextIO", _Stream(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)  # what libraries say


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    return structlog.get_logger(room=name)  # type: ignore[no-any-return] # structlog types it Any
