"""May this visitor start a charge at this charging point now?

Codes are public, so anybody anywhere can open the page. What speaks for presence is the plug:
only somebody at the charging point can put it in. So a guest starts where nothing is plugged in,
and must plug in before the station's time is over, or right after plugging in; a cable that has
been in for longer may be another's car. A signed-in driver, who is known and can be asked, may
start with the cable in. While one visitor's start is under way no other one's begins.
"""

from collections.abc import Iterable
from typing import Final

from ogniwo.base.errors import RefusedError
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.charge_progress import GRACE_S
from ogniwo.domain.drivers import Charge
from ogniwo.domain.station import Status

GUEST_PLUGGED_S_MAX: Final = 600  # since when the cable may be in for a guest to start

_NOT_NOW: Final = {
    Status.CHARGING: "in_use",
    Status.SUSPENDED_EV: "in_use",
    Status.SUSPENDED_EVSE: "in_use",
    Status.FINISHING: "unplug_first",
    Status.RESERVED: "reserved",
    Status.UNAVAILABLE: "out_of_service",
    Status.FAULTED: "out_of_service",
}


def check_place(status: Status, *, connected: bool) -> None:
    """Errors: RefusedError."""
    if not connected:
        raise RefusedError("station_away", "the station is not connected: try another one")
    if (code := _NOT_NOW.get(status)) is not None:
        raise RefusedError(code, f"the charging point is {status.value}")


def check_guest(status: Status, *, allowed: bool, plugged_at: Instant | None, now: Instant) -> None:
    """Errors: RefusedError."""
    if not allowed:
        raise RefusedError("sign_in", "guests may not charge here: sign in first")
    if status is not Status.PREPARING:
        return
    if plugged_at is None or now - plugged_at > seconds(GUEST_PLUGGED_S_MAX):
        raise RefusedError("plug_again", "unplug the cable, plug it in again and start then")


def check_nobody_else(others: Iterable[Charge], *, now: Instant) -> None:
    """``others``: what other visitors have open at this charging point. Errors: RefusedError."""
    for it in others:
        if it.session_id is None and now <= it.plug_by + seconds(GRACE_S):
            raise RefusedError("being_started", "somebody else is starting here: wait a moment")
