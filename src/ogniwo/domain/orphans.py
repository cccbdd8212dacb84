"""A stop that nobody's session has, for a person who is to decide about it. Pure.

It is joined to a session (``repairs.AttachStop``) or put aside; either once. A session of its own
is made of no 1.6 stop: it names no EVSE and no start, and should its start still come, there would
be two sessions of one charge. In 2.x it is a session already, and is settled like any other.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from ogniwo.base.errors import RefusedError
from ogniwo.domain.decision import Situation, event
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.evidence import Case, energy_until, fits
from ogniwo.domain.repairs import OrphanStop, SessionRepair, check_open
from ogniwo.domain.session import Session
from ogniwo.domain.station import Station

SET_ASIDE: Final = "set_aside"

# Why it fitted nothing.
START_MISSING: Final = "start_missing"
UNKNOWN_TRANSACTION: Final = "unknown_transaction"
NO_NUMBER: Final = "no_number"
WHY: Final = (UNKNOWN_TRANSACTION, NO_NUMBER, START_MISSING)


class OrphanCase(Struct, frozen=True, kw_only=True):
    """A stop with the sessions of its station that lack one and began before it."""

    station: Station
    removed: bool  # the station
    orphan: OrphanStop
    cases: tuple[Case, ...] = ()  # the newest first


class Candidate(Struct, frozen=True, kw_only=True):
    """A session that the stop may belong to; of what fits, None is what cannot be told."""

    session: Session
    fits: Mapping[str, bool | None]
    strong: bool
    energy_wh: int | None = None  # what the session would come to


def why_of(*, transaction_id: str | None, in_session: bool) -> str:
    if in_session:
        return START_MISSING
    return NO_NUMBER if transaction_id is None else UNKNOWN_TRANSACTION


def candidates_of(case: OrphanCase) -> list[Candidate]:
    """The likeliest first."""
    found = list(_candidates(case))
    return sorted(found, key=lambda it: -sum(_weight(fit) for fit in it.fits.values()))


def _candidates(case: OrphanCase) -> Iterator[Candidate]:
    for one in case.cases:
        told = fits(one, case.orphan)
        agrees = True in {told["token_fits"], told["meter_fits"]}
        yield Candidate(
            session=one.session,
            fits=told,
            strong=agrees and False not in told.values(),
            energy_wh=energy_until(one.session, case.orphan),
        )


def _weight(fit: bool | None) -> int:  # noqa: FBT001 - it is the value that is weighed
    return 0 if fit is None else 1 if fit else -1


def put_aside(
    orphan: OrphanStop, station: Station, *, author: str, note: str, situation: Situation
) -> tuple[SessionRepair, Event]:
    """It belongs to nothing: the record, filed under the stop's own id, and its event.

    Errors: RefusedError.
    """
    if orphan.session is not None:
        raise RefusedError("is_session", "this stop is a session of its own: dismiss that")
    check_open(orphan)
    record = SessionRepair(
        session_id=orphan.id,
        number=1,
        station_id=station.id,
        org_id=station.org_id,
        kind=SET_ASIDE,
        author=author,
        note=note,
        at=situation.now,
        wanted={},
        before={},
        after={},
        orphan_id=orphan.id,
    )
    told = event(
        situation,
        EventKind.ORPHAN_SETTLED,
        station_id=station.id,
        evse=orphan.evse,
        orphan_id=str(orphan.id),
        transaction_id=orphan.transaction_id,
        author=author,
        note=note,
    )
    return record, told
