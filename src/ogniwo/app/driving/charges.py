"""A charge as a visitor of a charging point's page has it in hand: started, followed, stopped.

Everything that happens to the car happens by an order to the station, like any operator's.
"""

from collections.abc import Iterable
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.driving.accounts import Accounts
from ogniwo.app.driving.codes import Codes
from ogniwo.app.driving.house_rules import HouseRules
from ogniwo.app.driving.ports import DriverRecords, Place
from ogniwo.app.ports import Records, Writer
from ogniwo.app.tokens import TokenFile
from ogniwo.app.views import CommandView, StationView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import RefusedError, UsageError
from ogniwo.base.ids import Ids
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.access import IdToken, Token, TokenStatus
from ogniwo.domain.charge_progress import (
    ENDED,
    PLUG_S,
    PLUG_S_MAX,
    STOPPABLE,
    Progress,
    progress_of,
)
from ogniwo.domain.charge_start import check_guest, check_nobody_else, check_place
from ogniwo.domain.commands import CommandState
from ogniwo.domain.drivers import Charge, Driver, Wish, app_token
from ogniwo.domain.holdings import Kind
from ogniwo.domain.orders import AnyOrder, RemoteStart, RemoteStop
from ogniwo.domain.session import Session
from ogniwo.domain.station import Status

START_DEADLINE_S: Final = 60  # the person stands there: later it would start for nobody
SHOWN_AFTER_S: Final = 1_800  # how long the page tells of a charge that is over
LOOKED_BACK_S: Final = 48 * 3_600  # for a visitor's charge at a charging point
WISH_WH_MAX: Final = 300_000
WISH_AHEAD_S_MAX: Final = 7 * 24 * 3_600
PLUG_VARIABLES: Final = ("ConnectionTimeOut", "TxCtrlr/EVConnectionTimeOut")


class Visitor(Struct, frozen=True, kw_only=True):
    """Who looks at the page: a driver, a guest known by a secret's hash, or nobody yet."""

    driver: Driver | None = None
    guest_hash: bytes | None = None

    def owns(self, charge: Charge) -> bool:
        if charge.driver_id is not None:
            return self.driver is not None and self.driver.id == charge.driver_id
        return charge.guest_hash is not None and charge.guest_hash == self.guest_hash

    @property
    def author(self) -> str:
        return "guest" if self.driver is None else f"driver {self.driver.id}"


class Mine(Struct, frozen=True, kw_only=True):
    """The visitor's own charge here."""

    charge: Charge
    progress: Progress
    session: Session | None
    wish: Wish | None

    @property
    def may_stop(self) -> bool:
        running = self.session is not None and self.session.running
        return running and self.progress.phase in STOPPABLE


class Look(Struct, frozen=True, kw_only=True):
    """All that the page of a charging point shows; ``refusal``: why no charge can begin now."""

    code: str
    place: Place
    status: Status
    connected: bool
    guests: bool
    mine: Mine | None
    refusal: str | None
    now: Instant


class Orders(Protocol):
    async def order(
        self,
        identity: str,
        order: AnyOrder,
        *,
        author: str,
        deadline_s: int | None,
        idempotency_key: str | None,
    ) -> CommandView: ...


class Queries(Protocol):
    async def station(self, identity: str) -> StationView | None: ...

    async def command(self, command_id: str) -> CommandView | None: ...


class Charges:
    def __init__(  # noqa: PLR0913 - each is something else that a charge touches
        self,
        *,
        records: DriverRecords,
        holdings: Records,
        queries: Queries,
        writer: Writer,
        orders: Orders,
        codes: Codes,
        rules: HouseRules,
        accounts: Accounts,
        tokens: TokenFile,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._records = records
        self._holdings = holdings
        self._queries = queries
        self._writer = writer
        self._orders = orders
        self._codes = codes
        self._rules = rules
        self._accounts = accounts
        self._tokens = tokens
        self._clock = clock
        self._ids = ids
        self._starting: set[tuple[int, int]] = set()

    async def look(self, code: str, visitor: Visitor) -> Look | None:
        """None: nobody has this code."""
        place = await self._codes.place(code)
        station = None if place is None else await self._queries.station(place.identity)
        status = None if place is None or station is None else _status_in(station, place.evse)
        if place is None or station is None or status is None:
            return None
        now = self._clock.now_us()
        guests = (await self._rules.rules()).guests_at(place)
        recent = await self._recent(place, now)
        mine = await self._mine(place, status, recent, visitor, now)
        look = Look(
            code=code,
            place=place,
            status=status,
            connected=station.connected,
            guests=guests,
            mine=mine,
            refusal=None,
            now=now,
        )
        return replace(look, refusal=_refusal(look, recent, visitor))

    async def start(self, code: str, visitor: Visitor) -> Charge | None:
        """None: nobody has this code. Errors: RefusedError."""
        look = await self.look(code, visitor)
        if look is None:
            return None
        if look.mine is not None and look.mine.progress.phase not in ENDED:
            return look.mine.charge  # tapped twice
        key = look.place.station_id, look.place.evse
        if key in self._starting:
            raise RefusedError("being_started", "somebody else is starting here: wait a moment")
        self._starting.add(key)
        try:
            return await self._start(look, visitor)
        finally:
            self._starting.discard(key)

    async def stop(self, code: str, visitor: Visitor) -> bool:
        """False where the visitor has nothing to stop. Errors: RefusedError."""
        look = await self.look(code, visitor)
        mine = None if look is None else look.mine
        if look is None or mine is None or mine.session is None or not mine.may_stop:
            return False
        await self.order_stop(mine.charge, look.place.identity, mine.session, author=visitor.author)
        return True

    async def order_stop(
        self, charge: Charge, identity: str, session: Session, *, author: str
    ) -> None:
        """Errors: RefusedError."""
        command = await self._orders.order(
            identity,
            RemoteStop(transaction_id=session.transaction_id),
            author=author,
            deadline_s=START_DEADLINE_S,
            idempotency_key=None,
        )
        asked = replace(
            charge,
            id=charge.id or self._ids.next(),
            session_id=session.id,
            stop_command_id=int(command.id),
            stop_asked_at=self._clock.now_us(),
        )
        await self._writer.write([asked])

    async def wish(
        self, code: str, visitor: Visitor, *, departure_at: Instant | None, energy_wh: int | None
    ) -> bool:
        """False where the visitor has no charge. Errors: UsageError."""
        look = await self.look(code, visitor)
        mine = None if look is None else look.mine
        if look is None or mine is None or mine.progress.phase in ENDED:
            return False
        if energy_wh is not None and not 0 < energy_wh <= WISH_WH_MAX:
            raise UsageError(f"the wanted energy lies between 1 and {WISH_WH_MAX} Wh")
        if departure_at is not None and not (
            look.now < departure_at <= look.now + seconds(WISH_AHEAD_S_MAX)
        ):
            raise UsageError("the departure lies within the next seven days")
        charge = replace(mine.charge, id=mine.charge.id or self._ids.next())
        wish = Wish(
            charge_id=charge.id, departure_at=departure_at, energy_wh=energy_wh, at=look.now
        )
        await self._writer.write([wish] if charge == mine.charge else [charge, wish])
        return True

    async def _start(self, look: Look, visitor: Visitor) -> Charge:
        if look.refusal is not None:
            raise RefusedError(look.refusal, f"a charge cannot start now: {look.refusal}")
        token = await self._token(visitor)
        plug_s = await self._plug_s(look.place.station_id)
        charge = Charge(
            id=self._ids.next(),
            station_id=look.place.station_id,
            evse=look.place.evse,
            token_uid=token.uid,
            driver_id=token.driver_id,
            guest_hash=visitor.guest_hash if token.driver_id is None else None,
            created_at=look.now,
            plug_by=look.now + seconds(plug_s),
        )
        await self._writer.write([charge])
        try:
            command = await self._orders.order(
                look.place.identity,
                RemoteStart(token=IdToken(token.uid, token.type), evse=look.place.evse),
                author=visitor.author,
                deadline_s=START_DEADLINE_S,
                idempotency_key=f"charge {charge.id}",
            )
        except RefusedError:
            await self._writer.write([replace(charge, closed_at=look.now)])
            raise
        charge = replace(charge, command_id=int(command.id))
        await self._writer.write([charge])
        return charge

    async def _token(self, visitor: Visitor) -> Token:
        if visitor.driver is None:
            # Of this one charge: whoever follows it to its end takes it off the file.
            token = app_token(self._accounts.new_uid(), driver_id=None, at=self._clock.now_us())
            await self._tokens.put(token)
            return token
        token = await self._accounts.app_token_of(visitor.driver)
        if token.status is not TokenStatus.ACCEPTED:
            raise RefusedError("account_blocked", "this account may not charge now")
        if not token.concurrent and await self._records.running_sessions([token.uid]):
            raise RefusedError("charging_elsewhere", "this account is charging elsewhere")
        return token

    async def _plug_s(self, station_id: int) -> int:
        wanted = [(Kind.VARIABLE, it) for it in PLUG_VARIABLES]
        for held in await self._holdings.find_holdings(station_id, wanted):
            if held.value is not None and held.value.isdecimal() and int(held.value) > 0:
                return min(int(held.value), PLUG_S_MAX)
        return PLUG_S

    async def _recent(self, place: Place, now: Instant) -> list[Charge]:
        since = now - seconds(LOOKED_BACK_S)
        return await self._records.charges_at(place.station_id, place.evse, since=since)

    async def _mine(
        self,
        place: Place,
        status: Status,
        recent: Iterable[Charge],
        visitor: Visitor,
        now: Instant,
    ) -> Mine | None:
        charge = next((it for it in recent if visitor.owns(it)), None)
        if charge is None or charge.closed_at is not None:
            charge = await self._by_card(place, visitor) or charge
        if charge is None:
            return None
        if charge.closed_at is not None and now - charge.closed_at > seconds(SHOWN_AFTER_S):
            return None
        session = await self._records.session_of(charge)
        progress = progress_of(
            charge,
            status=status,
            start=await self._state_of(charge.command_id),
            stop=await self._state_of(charge.stop_command_id),
            session=session,
            plugged_at=place.plugged_at,
            now=now,
        )
        wish = await self._records.wish(charge.id) if charge.id else None
        return Mine(charge=charge, progress=progress, session=session, wish=wish)

    async def _by_card(self, place: Place, visitor: Visitor) -> Charge | None:
        """A session here that the driver began with a card: not on file as a charge until used."""
        if visitor.driver is None:
            return None
        uids = [it.uid for it in await self._accounts.cards(visitor.driver.id)]
        for it in await self._records.running_sessions(uids):
            if it.station_id == place.station_id and it.evse == place.evse:
                known = await self._records.charge_of_session(it.id)
                return known or Charge(
                    id=0,
                    station_id=place.station_id,
                    evse=place.evse,
                    token_uid="" if it.token is None else it.token.uid,
                    driver_id=visitor.driver.id,
                    session_id=it.id,
                    created_at=it.received_at,
                    plug_by=it.received_at,
                )
        return None

    async def _state_of(self, command_id: int | None) -> CommandState | None:
        if command_id is None:
            return None
        command = await self._queries.command(str(command_id))
        return None if command is None else CommandState(command.state)


def _status_in(station: StationView, number: int) -> Status | None:
    """None: the station has no such EVSE; one that has told of none yet may have any."""
    for evse in station.evses:
        if evse.id == number:
            return Status(evse.status)
    return None if station.evses else Status.UNKNOWN


def _refusal(look: Look, recent: Iterable[Charge], visitor: Visitor) -> str | None:
    """Why this visitor cannot start now, by its code."""
    others = [it for it in recent if it.closed_at is None and not visitor.owns(it)]
    try:
        check_place(look.status, connected=look.connected)
        check_nobody_else(others, now=look.now)
        if visitor.driver is None:
            check_guest(
                look.status,
                allowed=look.guests,
                plugged_at=look.place.plugged_at,
                now=look.now,
            )
    except RefusedError as error:
        return error.code
    return None
