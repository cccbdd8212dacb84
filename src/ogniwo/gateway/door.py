"""The front door of a gateway: who may come in, who is in, and how all are asked to leave.

It sees handshakes and sockets, never the library that made them; ``server`` brings both.
"""

import asyncio
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass
from typing import Final, Protocol

from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import OgniwoError
from ogniwo.gateway.admission import (
    AdmissionPolicy,
    Admitted,
    ConnectionAttempt,
    Credentials,
    Refused,
    UnknownStations,
    decide_admission,
)
from ogniwo.gateway.counts import GatewayCounts
from ogniwo.gateway.handshake import Handshake
from ogniwo.gateway.pinger import Pinger
from ogniwo.gateway.refusal import RefusalReason
from ogniwo.gateway.socket import (
    CLOSE_INTERNAL_ERROR,
    CLOSE_NORMAL,
    CLOSE_TRY_AGAIN_LATER,
    Socket,
    SocketClosedError,
)

_DRAIN_STEP_S: Final = 0.02  # between two batches of closes, when there are many

_log = log.get("gateway")


class Directory(Protocol):
    """What is known about stations, asked at each handshake."""

    async def find_credentials(self, identity: str) -> Credentials | None: ...

    async def adopt(self, identity: str) -> Credentials:
        """Create a station that nobody registered; only asked when the policy is *accept*."""
        ...

    def record_attempt(self, attempt: ConnectionAttempt) -> None:
        """Keep a refusal for the operator; must return at once."""
        ...


OnLink = Callable[[Socket, Admitted, Handshake], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    # Being looked up at once, some 80 MB in a storm. Who is refused comes back after 10 s or more
    # and costs as much again, so few are: with 512 a storm took three times as long.
    handshakes_max: int = 4_096
    # Those that charge have messages to deliver: for them there is room when there is none.
    handshakes_charging_max: int = 12_288
    links_max: int = 25_000
    admission_deadline_s: float = 10.0


class FrontDoor:
    def __init__(
        self,
        *,
        directory: Directory,
        on_link: OnLink,
        policy: AdmissionPolicy,
        clock: Clock,
        pinger: Pinger,
        charging: Container[str] = (),
        limits: DoorLimits | None = None,
    ) -> None:
        """``charging``: identities of the stations to let in first."""
        self.policy = policy
        self._directory = directory
        self._on_link = on_link
        self._clock = clock
        self._pinger = pinger
        self._charging = charging
        self._limits = limits if limits is not None else DoorLimits()
        self.counts: GatewayCounts = pinger.counts  # one set for the whole port
        self.ready = True  # false while the database is away: stations then queue offline
        self._closed = False
        self._sockets: dict[Socket, None] = {}  # in the order in which they came

    # -- one station -------------------------------------------------------------------------

    async def admit(self, handshake: Handshake) -> Admitted | Refused:
        if (full := self._full(handshake.identity)) is not None:
            return Refused(reason=full)
        if handshake.fault is not None:
            return decide_admission(handshake, None, self.policy)
        self.counts.handshakes += 1
        try:
            async with asyncio.timeout(self._limits.admission_deadline_s):
                found = await self._look_up(handshake)
        except (OgniwoError, TimeoutError) as error:
            _log.warning("admission_failed", station=handshake.identity, error=repr(error))
            return Refused(reason=RefusalReason.NOT_READY)
        finally:
            self.counts.handshakes -= 1
        # The others may have been let go while it was looked up.
        return found if self.ready else Refused(reason=RefusalReason.NOT_READY)

    async def serve(self, socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
        """For the life of the socket."""
        if not self.ready:  # since it was admitted
            await socket.close(CLOSE_TRY_AGAIN_LATER, "not ready")
            return
        self._sockets[socket] = None
        self.counts.admitted += 1
        self.counts.links += 1
        unwatch = self._pinger.watch(admitted.identity, socket) if admitted.ping else None
        code = CLOSE_NORMAL
        try:
            await self._on_link(socket, admitted, handshake)
        except SocketClosedError:
            pass  # how every link ends; the owner may let it through
        except Exception:  # noqa: BLE001 - one link's failure is not the others'
            _log.exception("link_failed", station=admitted.identity)
            code = CLOSE_INTERNAL_ERROR
        finally:
            if unwatch is not None:
                unwatch()
            self.counts.links -= 1
            del self._sockets[socket]
        await socket.close(code)

    def record(self, refused: Refused, handshake: Handshake) -> None:
        """Count a refusal and keep it for the operator, but for those that soon come again."""
        self.counts.refused[refused.reason] += 1
        if refused.status != 503:  # a hundred thousand come at once when this happens
            self._directory.record_attempt(self._attempt(handshake, refused))

    def record_early(self, refused: Refused, peer: str, *, tls: bool) -> None:
        """A connection that ended before there was a handshake to read."""
        self.counts.refused[refused.reason] += 1
        attempt = ConnectionAttempt(
            at_us=self._clock.now_us(),
            peer=peer,
            tls=tls,
            reason=refused.reason,
            status=refused.status,
            detail=refused.detail,
        )
        self._directory.record_attempt(attempt)

    # -- all stations ------------------------------------------------------------------------

    async def suspend(self, why: str, drain_s: float = 3.0) -> None:
        """Refuse newcomers with 503 and let every station go, until ``resume``."""
        self.ready = False
        await self.let_go(drain_s, CLOSE_TRY_AGAIN_LATER, why)

    def resume(self) -> None:
        self.ready = not self._closed

    def close(self) -> None:
        """Nobody comes in any more."""
        self._closed = True
        self.ready = False

    async def let_go(self, drain_s: float, code: int, why: str) -> None:
        """Close every socket, spread over ``drain_s``."""
        sockets = list(self._sockets)
        batch = max(1, round(len(sockets) * _DRAIN_STEP_S / max(drain_s, _DRAIN_STEP_S)))
        pause_s = drain_s * batch / max(1, len(sockets))
        async with asyncio.TaskGroup() as closing:
            for place, socket in enumerate(sockets):
                if place and place % batch == 0:
                    await asyncio.sleep(pause_s)
                name = f"close {socket.peer}"
                closing.create_task(socket.close(code, why), name=name)

    def _full(self, identity: str) -> RefusalReason | None:
        if not self.ready:
            return RefusalReason.NOT_READY
        limits, under_way = self._limits, self.counts.handshakes
        if under_way >= limits.handshakes_max and (
            under_way >= limits.handshakes_charging_max or identity not in self._charging
        ):
            return RefusalReason.TOO_MANY_HANDSHAKES
        if self.counts.links >= self._limits.links_max:
            return RefusalReason.TOO_MANY_LINKS
        return None

    async def _look_up(self, handshake: Handshake) -> Admitted | Refused:
        credentials = await self._directory.find_credentials(handshake.identity)
        if credentials is None and self.policy.unknown_stations is UnknownStations.ACCEPT:
            # Only what would get in as a station may become one.
            stranger = Credentials(identity=handshake.identity)
            rehearsal = decide_admission(handshake, stranger, self.policy)
            if isinstance(rehearsal, Refused):
                return rehearsal
            credentials = await self._directory.adopt(handshake.identity)
        return decide_admission(handshake, credentials, self.policy)

    def _attempt(self, handshake: Handshake, refused: Refused) -> ConnectionAttempt:
        return ConnectionAttempt(
            at_us=self._clock.now_us(),
            identity=handshake.identity,
            path_raw=handshake.path_raw,
            query=handshake.query,
            peer=handshake.peer,
            tls=handshake.tls,
            subprotocols_offered=handshake.subprotocols_offered,
            user_agent=handshake.user_agent,
            reason=refused.reason,
            status=refused.status,
            detail=refused.detail,
        )
