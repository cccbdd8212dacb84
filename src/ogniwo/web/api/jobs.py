"""Orders for many stations: looked at first, then given at their pace, stopped and resumed."""

from typing import Annotated, Final

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Meta, Struct

from ogniwo.app.filters import StationFilter
from ogniwo.app.job_views import JobStarted, JobStationView, JobView
from ogniwo.app.mass_orders import JobWanted
from ogniwo.app.views import Page
from ogniwo.base.errors import UsageError
from ogniwo.domain.job import PACE_PER_MINUTE, StationJobState
from ogniwo.domain.people import Right, check_right
from ogniwo.web.doors import MassOrders, Queries
from ogniwo.web.lists import Author, Key, Page_, identifier
from ogniwo.web.orders import AnyOrderBody, to_order

# A job is nobody's who is limited to sites: it goes wherever its stations stand.
READ: Final = {"everywhere": True}
FOR_ALL: Final = {"right": Right.OPERATE, **READ}

InState = Annotated[StationJobState | None, QueryParameter(name="state")]


class StationsWanted(StationFilter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which stations are meant, by the filters of their list.

    A misspelt one is refused: it must not mean all there are.
    """


class JobBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order and the stations that it is for: named, or described by `where`."""

    order: AnyOrderBody
    stations: list[str] | None = None
    where: StationsWanted | None = None
    pace_per_minute: Annotated[int, Meta(ge=1, le=1_200)] = PACE_PER_MINUTE
    stop_after_failures: Annotated[int, Meta(ge=1, le=10_000)] | None = 3
    note: Annotated[str, Meta(max_length=1_000)] | None = None
    dry_run: bool = True
    idempotency_key: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=128,
                description="The same key again answers with the first job; a dry run needs none.",
            ),
        ]
        | None
    ) = None


@post("/jobs", summary="Order something from many stations", tags=["jobs"], opt=FOR_ALL)
async def start_job(
    queries: Queries,
    jobs: MassOrders,
    author: Author,
    data: JSONBody[JobBody],
    idempotency_key: Key = None,
) -> Response[JobStarted]:
    """Without `dry_run: false` nothing is done: the answer says which stations can, and why not.

    A job gives its order to one station after the other, no faster than its pace, and stops when
    too many of them fail.
    """
    if data.order.idempotency_key is not None:
        raise UsageError("the key of a job is a field of the job, not of its order")
    order = to_order(data.order)
    check_right(author.rights, order.right)
    wanted = JobWanted(
        order=order,
        stations=data.stations,
        where=data.where,
        pace_per_minute=data.pace_per_minute,
        stop_after_failures=data.stop_after_failures,
        deadline_s=data.order.deadline_s,
        note=data.note,
        dry_run=data.dry_run,
        idempotency_key=data.idempotency_key or idempotency_key,
    )
    started = await jobs.start(wanted, queries, author=author.label)
    status = HTTP_200_OK if started.job is None else HTTP_201_CREATED
    return Response(started, status_code=status)


@get("/jobs", summary="List jobs", tags=["jobs"], opt=READ)
async def list_jobs(jobs: MassOrders, cut: Page_) -> Page[JobView]:
    """Newest first, with how many stations stand where."""
    return await jobs.jobs(cut)


@get("/jobs/{job_id:str}", summary="Show a job", tags=["jobs"], opt=READ)
async def show_job(jobs: MassOrders, job_id: FromPath[str]) -> JobView:
    """How far it is."""
    return await jobs.job(identifier(job_id, "a job"))


@get("/jobs/{job_id:str}/stations", summary="List a job's stations", tags=["jobs"], opt=READ)
async def list_job_stations(
    jobs: MassOrders,
    cut: Page_,
    job_id: FromPath[str],
    in_state: InState = None,
) -> Page[JobStationView]:
    """In their order, with what came of each."""
    return await jobs.stations(identifier(job_id, "a job"), in_state, cut)


@post(
    "/jobs/{job_id:str}/cancel",
    summary="Cancel a job",
    tags=["jobs"],
    opt=FOR_ALL,
    status_code=HTTP_200_OK,
)
async def cancel_job(jobs: MassOrders, author: Author, job_id: FromPath[str]) -> JobView:
    """No more stations are ordered; what was sent goes on. It can be resumed."""
    return await jobs.cancel(identifier(job_id, "a job"), author=author.label)


@post(
    "/jobs/{job_id:str}/resume",
    summary="Resume a job",
    tags=["jobs"],
    opt=FOR_ALL,
    status_code=HTTP_200_OK,
)
async def resume_job(jobs: MassOrders, job_id: FromPath[str]) -> JobView:
    """It goes on with the stations that had no turn yet."""
    return await jobs.resume(identifier(job_id, "a job"))


@post(
    "/jobs/{job_id:str}/retry-failed",
    summary="Try a job's failed stations again",
    tags=["jobs"],
    opt=FOR_ALL,
    status_code=HTTP_200_OK,
)
async def retry_failed(jobs: MassOrders, job_id: FromPath[str]) -> JobView:
    """Those that failed take their turns once more."""
    return await jobs.retry_failed(identifier(job_id, "a job"))


HANDLERS = [
    start_job,
    list_jobs,
    show_job,
    list_job_stations,
    cancel_job,
    resume_job,
    retry_failed,
]
