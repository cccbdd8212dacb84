"""A simulated charging station: its EVSEs, its link, its memory, and the orders it obeys.

Which words an order comes in is known to ``hears16`` and ``hears2x``; they call the methods here.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any, Final

import msgspec

from ogniwo.ocpp.messages import Payload, read_custom
from ogniwo.sim.agenda import Agenda, Appointment
from ogniwo.sim.evse import Evse
from ogniwo.sim.facts import Nameplate, Stop, Wakeup
from ogniwo.sim.link import Answer, CallRefusedError, Line, Link
from ogniwo.sim.outbox import Lane, Outbox, Outgoing
from ogniwo.sim.outlet import Outlet
from ogniwo.sim.profiles import Kind, Limit, Profile, ProfileBook, Purpose
from ogniwo.sim.settings import HEARTBEAT, Settings
from ogniwo.sim.speech import Speech
from ogniwo.sim.stats import Ledger, LedgerEntry, Stats

BOOT_RETRY_S: Final = 10  # when the CSMS leaves the interval to us
REBOOT_S: Final = 20
GOODBYE_S: Final = 30  # a reset waits this long for answers

# The second argument is the request struct of the station's version: ``Station.hear`` decoded it.
Hearing = Callable[["Station", Any], Answer]


class Station:
    def __init__(
        self,
        plate: Nameplate,
        *,
        speech: Speech,
        hearings: Mapping[str, Hearing],
        outlets: Sequence[Outlet],
        agenda: Agenda,
        line: Line,
        ledger: Ledger,
        rng: Random,
    ) -> None:
        self.plate = plate
        self.identity = plate.identity
        self.speech = speech
        self.agenda = agenda
        self.settings = Settings(len(outlets))
        self.book = ProfileBook()
        self.kept: dict[tuple[str, str], Any] = {}  # by kind and number, see ``cupboard``
        self.outbox = Outbox(agenda.clock)
        self.link = Link(
            identity=plate.identity,
            subprotocol=speech.subprotocol,
            line=line,
            outbox=self.outbox,
            rng=rng,
        )
        self.evses = [
            Evse(n, outlet, self, Random(rng.getrandbits(64)))  # noqa: S311 - chance, not secrets
            for n, outlet in enumerate(outlets, start=1)
        ]
        self.operative = True
        self.accepted = False
        self.booted_here = False  # on this very connection
        self.on_welcome: Callable[[int], None] | None = None  # called at the first acceptance
        self.on_session_over: Callable[[], None] | None = None
        self._hearings = hearings
        self._stats: Stats = line.stats
        self._ledger = ledger
        self._wakeup = Wakeup.POWER_UP
        self._powered = True
        self._reset_when_idle = False
        self._heartbeat: Appointment | None = None
        self._boot_retry: Appointment | None = None

    # -- what the EVSEs need of the station

    @property
    def online(self) -> bool:
        return self.link.up and self.accepted

    @property
    def in_service(self) -> bool:
        return self.accepted and self._powered

    @property
    def sharers(self) -> int:
        return sum(evse.transaction is not None for evse in self.evses)

    @property
    def now_s(self) -> int:
        return self.agenda.clock.now_s()

    def say(self, messages: list[Outgoing]) -> None:
        for message in messages:
            if message.lane is Lane.CASUAL and not self.accepted:
                message.lane = Lane.BOOT  # the CSMS asked for it while it keeps us waiting
            if self.link.up or message.lane is Lane.DURABLE:
                self.outbox.put(message)
            else:
                message.tell(None)

    def opened(self, entry: LedgerEntry, at_s: int) -> None:
        self._ledger.entries.append(entry)
        self._stats.charging += 1
        self._stats.sessions_started += 1
        self._share_anew(entry.evse, at_s)

    def closed(self, entry: LedgerEntry, at_s: int) -> None:
        self._stats.charging -= 1
        self._stats.sessions_done += 1
        self._stats.energy_wh += entry.energy_wh
        self._share_anew(entry.evse, at_s)
        if self.on_session_over is not None:
            self.on_session_over()
        if self._reset_when_idle and self.sharers == 0:
            self._reset_when_idle = False
            self.agenda.add(at_s, lambda then_s: self._go_down(then_s, Wakeup.SCHEDULED_RESET))

    def card_refused(self) -> None:
        self._stats.cards_refused += 1

    # -- the link's side

    def connected(self) -> None:
        self.booted_here = False
        self.outbox.admit(admitted=self.accepted)
        if not self.accepted:
            self.boot(self._wakeup)
        else:
            self._tell_all_statuses()

    def disconnected(self) -> None:
        self.outbox.forget_casual()
        for evse in self.evses:
            evse.board.forget()

    def hear(self, action: str, payload: object) -> Answer:
        message = self.speech.messages.get(action)
        if message is None or action not in self._hearings:
            raise CallRefusedError("NotImplemented", f"{action} is not implemented here")
        try:
            request = msgspec.convert(payload, message.request, dec_hook=read_custom)
        except msgspec.ValidationError as error:
            code = "FormationViolation" if self.speech.version == "1.6" else "FormatViolation"
            raise CallRefusedError(code, str(error)) from error
        return self._hearings[action](self, request)

    def read(self, action: str, payload: object) -> Payload:
        response = self.speech.messages[action].response or Payload
        return msgspec.convert(payload, response, dec_hook=read_custom)

    # -- boot and life signs

    def boot(self, why: Wakeup) -> None:
        if self._boot_retry is not None:
            self._boot_retry.cancel()
        self.outbox.put(self.speech.boot(self.plate, why, self._boot_answered))

    def _boot_answered(self, status: str, interval_s: int) -> None:
        if status == "Lost":
            return  # the next connection boots again
        self.accepted = self.booted_here = status == "Accepted"
        self.outbox.admit(admitted=self.accepted)
        if not self.accepted:
            retry_s = interval_s if interval_s > 0 else BOOT_RETRY_S
            self._boot_retry = self.agenda.add(self.now_s + retry_s, self._boot_again)
            return
        if interval_s > 0:
            self.settings.write(HEARTBEAT, str(interval_s))
        self._stats.accepted += 1
        self._tell_all_statuses()
        self._beat_again(self.now_s)
        if self.on_welcome is not None:
            welcome, self.on_welcome = self.on_welcome, None
            welcome(self.now_s)

    def _boot_again(self, at_s: int) -> None:
        del at_s
        if self.link.up and not self.accepted:
            self.boot(self._wakeup)

    def beat(self) -> None:
        self.say([self.speech.heartbeat()])

    def _beat_again(self, at_s: int) -> None:
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        interval_s = max(1, self.settings.seconds(HEARTBEAT))
        self._heartbeat = self.agenda.add(at_s + interval_s, self._beat_now)

    def _beat_now(self, at_s: int) -> None:
        self.beat()
        self._beat_again(at_s)

    def _tell_all_statuses(self) -> None:
        self.say(self.speech.station_status(self.now_s, operative=self.operative))
        for evse in self.evses:
            evse.tell_status_if_changed(self.now_s)

    # -- orders

    def evse(self, number: int) -> Evse | None:
        return self.evses[number - 1] if 0 < number <= len(self.evses) else None

    def evse_for_remote(self, number: int | None) -> Evse | None:
        """The one named, else where a car waits, else where nobody is."""
        if number is not None:
            named = self.evse(number)
            return named if named is not None and named.open_to_remote else None
        ready = [evse for evse in self.evses if evse.open_to_remote]
        return min(ready, key=lambda evse: (not evse.plugged, evse.number), default=None)

    def charging_as(self, transaction_id: int | str) -> Evse | None:
        for evse in self.evses:
            if evse.transaction and evse.transaction.entry.transaction_id == transaction_id:
                return evse
        return None

    def settle_all(self) -> None:
        for evse in self.evses:
            evse.settle(self.now_s)

    def accepts_profile(self, profile: Profile, transaction_id: int | str | None) -> bool:
        if profile.purpose is Purpose.STATION_MAX:
            return profile.evse == 0 and profile.kind is not Kind.RELATIVE
        evse = self.evse(profile.evse)
        if profile.purpose is Purpose.DEFAULT:
            return evse is not None or profile.evse == 0
        if evse is None or evse.transaction is None:
            return False
        return transaction_id in {None, evse.transaction.entry.transaction_id}

    def composite(self, evse: Evse | None, span_s: int) -> list[tuple[int, Limit]]:
        """None is the grid connection of the whole station."""
        now_s = self.now_s
        outlets = [one.outlet.type for one in (self.evses if evse is None else [evse])]
        transaction = None if evse is None else evse.transaction
        return self.book.composite(
            now_s,
            span_s,
            evse=0 if evse is None else evse.number,
            begun_s=now_s if transaction is None else transaction.entry.started_s,
            otherwise=Limit(
                sum(one.amps_max for one in outlets),
                sum(one.watts_max for one in outlets),
                max(one.phases for one in outlets),
            ),
        )

    def retime(self) -> None:
        """The heartbeat or the sample interval was changed."""
        self._beat_again(self.now_s)
        self.settle_all()

    def set_availability(self, number: int, *, operative: bool) -> bool:
        """False: some transaction must end first. Number 0 is the whole station."""
        if number == 0:
            self.operative = operative
        chosen = self.evses if number == 0 else [self.evses[number - 1]]
        for evse in chosen:
            if evse.transaction is not None and not operative:
                evse.operative_next = False
            else:
                evse.operative, evse.operative_next = operative, None
        return all(evse.operative_next is None for evse in chosen)

    def announce_availability(self) -> None:
        self.say(self.speech.station_status(self.now_s, operative=self.operative))
        self.settle_all()

    def reset(self, stop: Stop) -> None:
        """End what runs and restart; a soft reset first delivers its transaction messages."""
        for evse in self.evses:
            evse.end(self.now_s, stop)
        # At least one real second, however fast the simulation runs: networks do not run faster.
        deadline_s = self.now_s + max(GOODBYE_S, int(self.agenda.clock.speed))
        self._leave(self.now_s, deadline_s, patient=stop is Stop.SOFT_RESET)

    def reset_when_idle(self) -> None:
        self._reset_when_idle = True

    def _leave(self, at_s: int, deadline_s: int, *, patient: bool) -> None:
        busy = self.outbox.durable > 0 if patient else self.outbox.in_flight
        if busy and self.link.up and at_s < deadline_s:
            again = partial(self._leave, deadline_s=deadline_s, patient=patient)
            self.agenda.add(at_s + 1, again)
        else:
            self._go_down(at_s, Wakeup.REMOTE_RESET)

    def _go_down(self, at_s: int, why: Wakeup) -> None:
        self._wakeup = why
        self._powered = self.accepted = False
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        self.link.switch_off()
        self.agenda.add(at_s + REBOOT_S, self._come_up)

    def _come_up(self, at_s: int) -> None:
        del at_s
        self._powered = True
        self.link.switch_on()

    def _share_anew(self, changed: int, at_s: int) -> None:
        if any(one.purpose is Purpose.STATION_MAX for one in self.book.profiles):
            for evse in self.evses:
                if evse.number != changed:
                    evse.settle(at_s)
