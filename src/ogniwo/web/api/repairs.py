"""Sessions that could not be settled by themselves: what speaks for what, and what was decided."""

from datetime import datetime
from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Struct

from ogniwo.app.views import Page, SessionView
from ogniwo.base.errors import MissingError
from ogniwo.base.units import Instant, from_instant
from ogniwo.domain.evidence import Fact, Proposal, exceptions_of, facts_of, proposals_of
from ogniwo.domain.people import Right
from ogniwo.domain.repairs import AnyRepair, SessionRepair
from ogniwo.web.doors import Queries, Repairs
from ogniwo.web.lists import Author, Speech, identifier
from ogniwo.web.texts import Language
from ogniwo.web.words.evidence import words_of_exception, words_of_fact, words_of_proposal

DryRun = Annotated[
    bool, QueryParameter(description="Tell what would come of it, and decide nothing.")
]


class ExceptionView(Struct, frozen=True, kw_only=True):
    """Why a person must look at a session."""

    kind: str
    words: str


class FactView(Struct, frozen=True, kw_only=True):
    """Something that speaks for or against a figure of a session."""

    kind: str
    words: str
    at: datetime | None
    energy_wh: int | None
    session_id: str | None
    data: dict[str, str | int | bool | None]


class ProposalView(Struct, frozen=True, kw_only=True):
    """A repair that could be decided: its `repair` is the body, but for the note."""

    kind: str
    words: str
    repair: dict[str, object]
    strong: bool
    energy_wh: int | None


class RepairView(Struct, frozen=True, kw_only=True):
    """What a person decided about a session, with its figures before and after."""

    number: int
    kind: str
    author: str
    note: str
    at: datetime
    wanted: dict[str, object]
    before: dict[str, object]
    after: dict[str, object]
    orphan_id: str | None


class EvidenceView(Struct, frozen=True, kw_only=True):
    """All that speaks for the figures of a session."""

    session: SessionView
    exceptions: list[ExceptionView]
    facts: list[FactView]
    proposals: list[ProposalView]
    repairs: list[RepairView]


@get("/sessions/{session_id:str}/evidence", summary="Show a session's evidence", tags=["sessions"])
async def show_evidence(
    queries: Queries, repairs: Repairs, language: Speech, session_id: FromPath[str]
) -> EvidenceView:
    """What speaks for which figure, in words, and what could be decided."""
    number = identifier(session_id, "a session")
    session = await _found(queries, session_id)
    case, now = await repairs.case(number)
    return EvidenceView(
        session=session,
        exceptions=[
            ExceptionView(kind=it, words=words_of_exception(it, language))
            for it in exceptions_of(case, now)
        ],
        facts=[_fact(it, language) for it in facts_of(case)],
        proposals=[_proposal(it, language) for it in proposals_of(case)],
        repairs=[_view(it) for it in case.repairs],
    )


@get("/sessions/{session_id:str}/repairs", summary="List a session's repairs", tags=["sessions"])
async def list_repairs(
    queries: Queries, repairs: Repairs, session_id: FromPath[str]
) -> Page[RepairView]:
    """Oldest first."""
    number = identifier(session_id, "a session")
    await _found(queries, session_id)
    return Page([_view(it) for it in await repairs.repairs(number)])


@post(
    "/sessions/{session_id:str}/repairs",
    summary="Repair a session",
    tags=["sessions"],
    opt={"right": Right.SETTLE},
)
async def repair_session(
    queries: Queries,
    repairs: Repairs,
    author: Author,
    session_id: FromPath[str],
    data: JSONBody[AnyRepair],
    *,
    dry_run: DryRun = False,
) -> Response[RepairView]:
    """A decision with its reason. What the station said stays as it is; a closed session too."""
    number = identifier(session_id, "a session")
    await _found(queries, session_id)
    record = await repairs.repair(number, data, author=author.label, dry_run=dry_run)
    return Response(_view(record), status_code=HTTP_200_OK if dry_run else HTTP_201_CREATED)


async def _found(queries: Queries, session_id: str) -> SessionView:
    session = await queries.session(session_id)
    if session is None:
        raise MissingError("session", session_id)
    return session


def _fact(fact: Fact, language: Language) -> FactView:
    return FactView(
        kind=fact.kind,
        words=words_of_fact(fact, language),
        at=_moment(fact.at),
        energy_wh=fact.energy_wh,
        session_id=None if fact.session_id is None else str(fact.session_id),
        data=dict(fact.data),
    )


def _proposal(proposal: Proposal, language: Language) -> ProposalView:
    return ProposalView(
        kind=proposal.kind,
        words=words_of_proposal(proposal, language),
        repair=dict(proposal.repair),
        strong=proposal.strong,
        energy_wh=proposal.energy_wh,
    )


def _view(record: SessionRepair) -> RepairView:
    return RepairView(
        number=record.number,
        kind=record.kind,
        author=record.author,
        note=record.note,
        at=from_instant(record.at),
        wanted=dict(record.wanted),
        before=dict(record.before),
        after=dict(record.after),
        orphan_id=None if record.orphan_id is None else str(record.orphan_id),
    )


def _moment(at: Instant | None) -> datetime | None:
    return None if at is None else from_instant(at)


HANDLERS = [show_evidence, list_repairs, repair_session]
