"""What drivers report of charging points, and its end."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from ogniwo.app.driving.ports import ProblemReportView
from ogniwo.app.views import Page
from ogniwo.domain.people import Right
from ogniwo.web.doors import Drivers
from ogniwo.web.lists import Author, Page_, identifier

OpenOnly = Annotated[
    bool, QueryParameter(name="open", description="Only those that nobody has closed.")
]


Note = Annotated[str, Meta(max_length=1_000, description="What was found or done.")]


class Closing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    note: Annotated[str, Meta(max_length=1_000, description="What was found or done.")] | None = (
        None
    )


@get("/problem-reports", summary="List drivers' reports", tags=["drivers"])
async def list_reports(
    driving: Drivers,
    author: Author,
    cut: Page_,
    open_only: OpenOnly = False,  # noqa: FBT002 - by name, like all of a query
) -> Page[ProblemReportView]:
    """Newest first."""
    return await driving.reports.reports(open_only=open_only, sites=author.sites, cut=cut)


@post(
    "/problem-reports/{report_id:str}/close",
    summary="Close a driver's report",
    tags=["drivers"],
    status_code=204,
    opt={"right": Right.SERVE, "everywhere": False},  # ``close`` looks where it belongs
)
async def close_report(
    driving: Drivers, author: Author, report_id: FromPath[str], data: JSONBody[Closing]
) -> None:
    """One that is closed stays as it was closed first."""
    number = identifier(report_id, "a problem report")
    await driving.reports.close(number, note=data.note, sites=author.sites, author=author.label)


HANDLERS = [list_reports, close_report]
