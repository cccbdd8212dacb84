"""What PostgreSQL's errors, and those on the way to it, mean for the writer."""

from typing import Final

import asyncpg

from ogniwo.storage.faults import StoreAwayError, UnfitDataError

# Raised by the driver: an answer of the server, its own refusals, the connection, time.
FAILURES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
    EOFError,
)

_UNFIT_CLASSES: Final = frozenset({"22", "23"})  # the data itself, and what constraints say of it
_UNFIT_STATES: Final = frozenset({"54000"})  # e.g. a value too long for an index
# Where another connection may go on: the tables are not as this one learned them (something is
# not there, has another type, or has changed since it was prepared), or its server only reads.
_OUTDATED: Final = ("42", "0A", "25006")


def fault_of(error: Exception) -> UnfitDataError | StoreAwayError:
    """Of a statement. Data only where it is certain; else it may pass, and the batch is held."""
    told = told_of(error)
    return UnfitDataError(told) if _is_unfit(error) else StoreAwayError(told)


def told_of(error: Exception) -> str:
    first = str(error).splitlines()[:1]  # what follows may show the data
    return ": ".join([type(error).__name__, *first])


def is_outdated(error: Exception) -> bool:
    return isinstance(error, asyncpg.PostgresError) and _state(error).startswith(_OUTDATED)


def _is_unfit(error: Exception) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        if isinstance(error, asyncpg.CheckViolationError):
            return error.constraint_name is not None  # else there is no partition for the row
        state = _state(error)
        return state[:2] in _UNFIT_CLASSES or state in _UNFIT_STATES
    # What the driver could not encode.
    return isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)


def _state(error: asyncpg.PostgresError) -> str:
    return str(error.sqlstate or "")
