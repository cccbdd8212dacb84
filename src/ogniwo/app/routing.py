"""What is asked of a station is done where its mailbox is: here, or on the node that has it."""

from typing import Final

from ogniwo.app.bus import (
    Answered,
    Asked,
    Bus,
    BusAwayError,
    CommandTold,
    Done,
    NodeFailedError,
    NodeGoneError,
    OrderAsked,
    RepairAsked,
    RepairTold,
    SetAsideAsked,
    StationChangeAsked,
    StationRemovalAsked,
    WaitAsked,
)
from ogniwo.app.dispatch import Dispatch
from ogniwo.app.mailbox import ElsewhereError, MailboxSpoiltError
from ogniwo.app.read_models import ReadModels
from ogniwo.app.repairing import Repairing
from ogniwo.app.requests import StationChanges
from ogniwo.app.stations import StationAdmin
from ogniwo.app.views import StationView
from ogniwo.base.errors import MissingError, RefusedError

ASK_TIMEOUT_S: Final = 15.0  # longer than a node waits for its database before it gives up
MOVED: Final = "station_moved"  # the asked node does not have it any more: nothing was done
ATTEMPTS_MAX: Final = 3  # a station that moves more often in one moment is asked later


class UnreachableError(RefusedError):
    """The node that has the station cannot be asked now; nothing was done."""

    def __init__(self, why: str) -> None:
        super().__init__("node_unreachable", f"{why}: try again in a moment")


class Routing:
    def __init__(
        self, bus: Bus, dispatch: Dispatch, stations: StationAdmin, repairing: Repairing
    ) -> None:
        self._bus = bus
        self._dispatch = dispatch
        self._stations = stations
        self._repairing = repairing

    async def do(self, asked: Asked) -> tuple[Answered, int | None]:
        """What came of it, and the node that did it (None: this one).

        Errors: MissingError, RefusedError, UsageError; UnreachableError.
        """
        for _ in range(ATTEMPTS_MAX):
            try:
                return await self._here(asked), None
            except MailboxSpoiltError:
                continue  # the station moved at this moment: look again where it is
            except ElsewhereError as elsewhere:
                try:
                    return await self._there(elsewhere.owner, asked), elsewhere.owner
                except RefusedError as refusal:
                    if refusal.code != MOVED:
                        raise
        raise UnreachableError("the station is moving from node to node")

    async def answer(self, asked: Asked) -> Answered:
        """What other nodes ask of this one. Errors: MissingError, RefusedError, UsageError."""
        try:
            return await self._here(asked)
        except (ElsewhereError, MailboxSpoiltError) as moved:
            raise RefusedError(MOVED, str(moved)) from moved

    async def _here(self, asked: Asked) -> Answered:
        match asked:
            case OrderAsked():
                return CommandTold(command=await self._dispatch.order(asked))
            case WaitAsked():
                told = await self._dispatch.wait(asked.command_id, asked.timeout_s)
                return CommandTold(command=told)
            case RepairAsked():
                return RepairTold(repair=await self._repairing.repair(asked))
            case SetAsideAsked():
                return RepairTold(repair=await self._repairing.set_aside(asked))
            case StationChangeAsked():
                await self._stations.change(asked.identity, asked.changes, author=asked.author)
            case StationRemovalAsked():
                await self._stations.remove_station(asked.identity, author=asked.author)
        return Done()

    async def wait(self, command_id: int, node: int | None, timeout_s: float) -> None:
        """Until the command ended or the time is up; earlier when nobody can tell."""
        asked = WaitAsked(command_id=command_id, timeout_s=timeout_s)
        if node is None:
            await self._here(asked)
            return
        try:
            await self._bus.ask(node, asked, timeout_s=timeout_s + ASK_TIMEOUT_S)
        except (BusAwayError, NodeGoneError, NodeFailedError):
            return

    async def _there(self, owner: int, asked: Asked) -> Answered:
        try:
            return await self._bus.ask(owner, asked, timeout_s=ASK_TIMEOUT_S)
        except (BusAwayError, NodeGoneError) as error:
            raise UnreachableError(str(error)) from error
        except NodeFailedError as error:
            raise RefusedError(
                "node_failed", f"{error}: look at the station before you try again"
            ) from error


class RoutedStations:
    """The administration of stations for the web: what touches a live one goes to its node."""

    def __init__(self, routing: Routing, stations: StationAdmin, models: ReadModels) -> None:
        self._routing = routing
        self._models = models
        self.create_station = stations.create_station
        self.accept_attempt = stations.accept_attempt

    async def update_station(
        self, identity: str, changes: StationChanges, *, author: str
    ) -> StationView:
        await self._routing.do(
            StationChangeAsked(identity=identity, changes=changes, author=author)
        )
        view = await self._models.station(identity)
        if view is None:
            raise MissingError("station", identity)
        return view

    async def remove_station(self, identity: str, *, author: str) -> None:
        await self._routing.do(StationRemovalAsked(identity=identity, author=author))
