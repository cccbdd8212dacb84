"""Stops that fit no session: what came, which sessions they may belong to, what was decided."""

from datetime import datetime
from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Struct

from ogniwo.app.filters import OrphanFilter
from ogniwo.app.views import OrphanStopView, Page, SessionView
from ogniwo.base.errors import MissingError
from ogniwo.base.units import from_instant
from ogniwo.domain.orphans import Candidate, candidates_of
from ogniwo.domain.people import Right
from ogniwo.domain.repairs import AttachStop, Number, SessionRepair, Why
from ogniwo.web.doors import Queries, Repairs
from ogniwo.web.lists import Author, Page_, Speech, Wanted, identifier
from ogniwo.web.texts import Language
from ogniwo.web.words.evidence import words_of_fits, words_of_orphan

Settled = Annotated[
    bool, QueryParameter(description="Those that were decided about, not those that wait.")
]
DryRun = Annotated[
    bool, QueryParameter(description="Tell what would come of it, and decide nothing.")
]


class Decision(Struct, frozen=True, kw_only=True, tag_field="decision", forbid_unknown_fields=True):
    """What a person decides about a stop without a session."""

    note: Why


class Attach(Decision, frozen=True, kw_only=True, tag="attach"):
    """It ended this session."""

    session_id: Number


class SetAside(Decision, frozen=True, kw_only=True, tag="set_aside"):
    """It belongs to no session; of 2.x, where it is one, that is dismissed with no energy."""


class CandidateView(Struct, frozen=True, kw_only=True):
    """A session that the stop may belong to; null where it cannot be told whether it fits."""

    session: SessionView
    words: str
    token_fits: bool | None
    time_fits: bool | None
    meter_fits: bool | None
    strong: bool
    energy_wh: int | None


class OrphanDecisionView(Struct, frozen=True, kw_only=True):
    """What was decided about a stop; `session_id` is the session that it was joined to."""

    kind: str
    author: str
    note: str
    at: datetime
    session_id: str | None
    energy_wh: int | None


class OrphanDetailView(Struct, frozen=True, kw_only=True):
    """A stop without a session with all that helps to decide about it."""

    stop: OrphanStopView
    words: str
    candidates: list[CandidateView]
    decided: OrphanDecisionView | None


@get("/orphan-stops", summary="List stops without a session", tags=["sessions"])
async def list_orphans(
    queries: Queries, cut: Page_, station_id: Wanted = None, *, settled: Settled = False
) -> Page[OrphanStopView]:
    """Those that wait for a person; the one that came last stands first."""
    return await queries.orphan_stops(OrphanFilter(station_id=station_id, settled=settled), cut)


@get("/orphan-stops/{orphan_id:str}", summary="Show a stop without a session", tags=["sessions"])
async def show_orphan(
    queries: Queries, repairs: Repairs, language: Speech, orphan_id: FromPath[str]
) -> OrphanDetailView:
    """Why it fits nothing, which sessions it may belong to, and what speaks for each."""
    stop = await _found(queries, orphan_id)
    case = await repairs.orphan_case(int(orphan_id))
    settled = case.orphan.settled
    candidates = candidates_of(case) if settled is None and not stop.settled else []
    views = [await _candidate(queries, it, language) for it in candidates]
    return OrphanDetailView(
        stop=stop,
        words=words_of_orphan(stop.why, language),
        candidates=[it for it in views if it is not None],
        decided=None if settled is None else _decided(settled),
    )


@post(
    "/orphan-stops/{orphan_id:str}/decisions",
    summary="Decide about a stop without a session",
    tags=["sessions"],
    opt={"right": Right.SETTLE},
)
async def decide_orphan(
    queries: Queries,
    repairs: Repairs,
    author: Author,
    orphan_id: FromPath[str],
    data: JSONBody[Attach | SetAside],
    *,
    dry_run: DryRun = False,
) -> Response[OrphanDecisionView]:
    """Once, with its reason: joined to the session that it ended, or put aside."""
    await _found(queries, orphan_id)
    if isinstance(data, Attach):
        repair = AttachStop(note=data.note, orphan_id=orphan_id)
        session_id = identifier(data.session_id, "a session")
        record = await repairs.repair(session_id, repair, author=author.label, dry_run=dry_run)
    else:
        record = await repairs.set_aside(
            int(orphan_id), data.note, author=author.label, dry_run=dry_run
        )
    return Response(_decided(record), status_code=HTTP_200_OK if dry_run else HTTP_201_CREATED)


async def _found(queries: Queries, orphan_id: str) -> OrphanStopView:
    identifier(orphan_id, "a stop")
    stop = await queries.orphan_stop(orphan_id)
    if stop is None:
        raise MissingError("stop without a session", orphan_id)
    return stop


async def _candidate(queries: Queries, one: Candidate, language: Language) -> CandidateView | None:
    session = await queries.session(str(one.session.id))
    if session is None:
        return None
    return CandidateView(
        session=session,
        words=words_of_fits(one.fits, language),
        token_fits=one.fits["token_fits"],
        time_fits=one.fits["time_fits"],
        meter_fits=one.fits["meter_fits"],
        strong=one.strong,
        energy_wh=one.energy_wh,
    )


def _decided(record: SessionRepair) -> OrphanDecisionView:
    energy = record.after.get("energy_wh")
    joined = record.kind == "attach_stop"
    return OrphanDecisionView(
        kind=record.kind,
        author=record.author,
        note=record.note,
        at=from_instant(record.at),
        session_id=str(record.session_id) if joined else None,
        energy_wh=energy if joined and isinstance(energy, int) else None,
    )


HANDLERS = [list_orphans, show_orphan, decide_orphan]
