"""Orders to stations: give one, follow it, and the raw OCPP call for those who know it."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.datastructures import ResponseHeader
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from msgspec import Meta, Struct

from ogniwo.app.filters import CommandFilter
from ogniwo.app.views import CommandView, Page
from ogniwo.base.errors import MissingError
from ogniwo.base.limits import CALL_TIMEOUT_S
from ogniwo.domain.commands import CommandState
from ogniwo.domain.people import Right
from ogniwo.web.addresses import API
from ogniwo.web.doors import Orders, Queries
from ogniwo.web.lists import Author, From, Key, Page_, To, Wanted, identifier, moment
from ogniwo.web.orders import AnyOrderBody, to_order
from ogniwo.web.rights import BY_ORDER

Wait = Annotated[
    float,
    QueryParameter(ge=0, le=120, description="Answer when the command has ended, or after this."),
]
States = Annotated[
    list[CommandState] | None,
    QueryParameter(name="state", description="Only in one of these; may be given several times."),
]

GivenBy = Annotated[
    str | None, QueryParameter(name="author", description="As `author` of a command says it.")
]


class RawBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OCPP call in the words of the station's own version."""

    action: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,64}$")]
    payload: dict[str, object] = {}
    timeout_s: Annotated[float, Meta(gt=0, le=120)] = CALL_TIMEOUT_S


class RawResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the raw call ended: the station's answer, or why there is none."""

    state: str
    payload: object = None
    error: str | None = None


@post(
    "/stations/{identity:str}/commands",
    summary="Order something from a station",
    tags=["commands"],
    status_code=HTTP_202_ACCEPTED,
    response_headers=[ResponseHeader(name="location", documentation_only=True)],
    opt={"right": BY_ORDER},
)
async def give_order(
    orders: Orders,
    author: Author,
    identity: FromPath[str],
    data: JSONBody[AnyOrderBody],
    wait: Wait = 0,
    idempotency_key: Key = None,
) -> Response[CommandView]:
    """The command is stored and sent when the station can take it.

    `state` tells how far it got: `accepted` is the station's promise, `applied` was seen.
    """
    command = await orders.order(
        identity,
        to_order(data),
        author=author.label,
        deadline_s=data.deadline_s,
        idempotency_key=data.idempotency_key or idempotency_key,
        wait_s=wait,
    )
    return Response(
        command,
        status_code=HTTP_202_ACCEPTED,
        headers={"location": f"{API}/commands/{command.id}"},
    )


@post(
    "/stations/{identity:str}/ocpp",
    summary="Send a raw OCPP call",
    tags=["commands"],
    status_code=HTTP_200_OK,
    opt={"right": Right.OPERATE},
)
async def send_raw(
    orders: Orders, author: Author, identity: FromPath[str], data: JSONBody[RawBody]
) -> RawResult:
    """Nothing is translated or checked; the answer comes back as the station wrote it."""
    answer = await orders.raw(
        identity,
        data.action,
        msgspec.json.encode(data.payload),
        author=author.label,
        timeout_s=data.timeout_s,
    )
    return RawResult(
        state=answer.state,
        payload=None if answer.payload is None else msgspec.json.decode(answer.payload),
        error=answer.error,
    )


@get("/commands", summary="List commands", tags=["commands"])
async def list_commands(  # noqa: PLR0913, PLR0917 - one for each filter of the address
    queries: Queries,
    cut: Page_,
    station_id: Wanted = None,
    command: Wanted = None,
    states: States = None,
    given_by: GivenBy = None,
    since: From = None,
    until: To = None,
    job_id: Wanted = None,
) -> Page[CommandView]:
    """Newest first."""
    if job_id is not None:
        identifier(job_id, "a job")
    where = CommandFilter(
        station_id=station_id,
        command=command,
        states=states or (),
        author=given_by,
        since=moment(since, "from"),
        until=moment(until, "to"),
        job_id=job_id,
    )
    return await queries.commands(where, cut)


@get("/commands/{command_id:str}", summary="Show a command", tags=["commands"])
async def show_command(queries: Queries, command_id: FromPath[str]) -> CommandView:
    """How far it got, the station's own word and the reason in words."""
    identifier(command_id, "a command")
    command = await queries.command(command_id)
    if command is None:
        raise MissingError("command", command_id)
    return command


HANDLERS = [give_order, send_raw, list_commands, show_command]
