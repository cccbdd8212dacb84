"""What the driver of a session wants: for planners, and for whoever asks why it ended."""

from litestar import get
from litestar.params import FromPath

from ogniwo.app.driving.ports import WishView
from ogniwo.base.errors import MissingError
from ogniwo.base.units import from_instant
from ogniwo.web.doors import Drivers, Queries
from ogniwo.web.lists import identifier


@get("/sessions/{session_id:str}/wish", summary="What a session's driver wants", tags=["sessions"])
async def show_wish(driving: Drivers, queries: Queries, session_id: FromPath[str]) -> WishView:
    """All empty where nothing was wished. Reaching `energy_wh` stops the session."""
    number = identifier(session_id, "a session")
    if await queries.session(session_id) is None:
        raise MissingError("session", session_id)
    charge = await driving.records.charge_of_session(number)
    wish = None if charge is None else await driving.records.wish(charge.id)
    departure_at = None if wish is None else wish.departure_at
    stop = None if charge is None else charge.stop_command_id
    return WishView(
        session_id=session_id,
        departure_at=None if departure_at is None else from_instant(departure_at),
        energy_wh=None if wish is None else wish.energy_wh,
        set_at=None if wish is None else from_instant(wish.at),
        stop_command_id=None if stop is None else str(stop),
    )


HANDLERS = [show_wish]
