"""One EVSE at work: cable, card, transaction, limits, faults; and telling the CSMS about them.

Everything here is told the moment it happens at and never looks at a clock. After any change
``settle`` adjusts the power, reports what became different and books the next look.
"""

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from ogniwo.sim.agenda import Appointment
from ogniwo.sim.board import Sight, StatusBoard
from ogniwo.sim.car import Car
from ogniwo.sim.facts import Begin, Fault, Place, Report, Status, Stop, Transaction
from ogniwo.sim.meter import Reading
from ogniwo.sim.outlet import Outlet
from ogniwo.sim.roles import Host, Visitor
from ogniwo.sim.settings import PLUG_IN_PATIENCE, SAMPLE
from ogniwo.sim.speech import Verdict
from ogniwo.sim.stats import LedgerEntry

STEP_S_MAX: Final = 60  # the charge curve is followed in steps of at most this
CARD_READ_S: Final = 1  # from the answer of the CSMS to the click of the contactor


@dataclass(slots=True)
class Permit:
    """Somebody may charge; perhaps the cable is still awaited."""

    token: str
    remote_id: int | None = None
    by_remote: bool = False
    patience: Appointment | None = None


class Evse:
    def __init__(self, number: int, outlet: Outlet, host: Host, rng: Random) -> None:
        self.number = number
        self.outlet = outlet
        self.visitor: Visitor | None = None
        self.connector = 1
        self.operative = True
        self.operative_next: bool | None = None  # an order that waits for the transaction's end
        self.transaction: Transaction | None = None
        self.fault: Fault | None = None
        self._host = host
        self._rng = rng
        self._permit: Permit | None = None
        self._asking = False  # an Authorize is open
        self._finishing = False
        self.board = StatusBoard(number, len(outlet.type.plugs), host)
        self._sampled_s = 0
        self._look: Appointment | None = None

    @property
    def place(self) -> Place:
        return Place(self.number, self.connector)

    @property
    def plugged(self) -> bool:
        return self.outlet.car is not None

    @property
    def free(self) -> bool:
        return self.status is Status.AVAILABLE

    @property
    def status(self) -> Status:
        if self.fault is not None:
            return Status.FAULTED
        if self.transaction is not None:
            return self._power_status()
        if not self.operative:
            return Status.UNAVAILABLE
        if self._finishing:
            return Status.FINISHING
        return Status.PREPARING if self.plugged or self._permit else Status.AVAILABLE

    # -- the driver's side

    def plug_in(self, car: Car, at_s: int, connector: int = 1) -> None:
        self.outlet.advance(at_s)
        self.outlet.car = car
        self.connector = connector
        if self._permit is not None and self._may_start():
            self._begin(self._permit, at_s, Begin.PLUG)
        else:
            self.settle(at_s)

    def unplug(self, at_s: int) -> None:
        self.end(at_s, Stop.UNPLUGGED)
        self.outlet.advance(at_s)
        self.outlet.car = None
        self._finishing = False
        self.settle(at_s)

    def show_card(self, token: str, at_s: int) -> None:
        if self.transaction is not None:
            if token == self.transaction.entry.token:
                self.end(at_s, Stop.CARD, token)
            return
        if self._asking:
            return  # the answer for this driver's card is still on its way
        if not self._may_start():
            self._refuse(at_s)
            return
        self._asking = True

        def told(verdict: Verdict) -> None:
            self._asking = False
            # Nobody answered: the station trusts the card (LocalAuthorizeOffline).
            refused = verdict is Verdict.NO
            if refused:
                self._host.card_refused()
            permit = Permit(token)
            self._host.agenda.add(
                at_s + CARD_READ_S, self._refuse if refused else partial(self._admit, permit)
            )

        if self._host.online:
            self._host.say([self._host.speech.authorize(token, told)])
        else:
            told(Verdict.UNSAID)

    def break_down(self, fault: Fault, at_s: int) -> None:
        self.end(at_s, Stop.FAULT)
        self.fault = fault
        self.settle(at_s)
        self._tell_fault(fault, at_s, cleared=False)

    def recover(self, at_s: int) -> None:
        fault, self.fault = self.fault, None
        self.settle(at_s)
        if fault is not None:
            self._tell_fault(fault, at_s, cleared=True)

    # -- the operator's side

    @property
    def open_to_remote(self) -> bool:
        return self._may_start() and self._permit is None

    def start_by_remote(self, token: str, remote_id: int | None, at_s: int) -> None:
        self._admit(Permit(token, remote_id, by_remote=True), at_s)
        if not self.plugged and self.visitor is not None:
            self.visitor.invited(at_s)

    def end(self, at_s: int, stop: Stop, token: str | None = None) -> bool:
        """Stop the transaction, if there is one."""
        transaction = self.transaction
        if transaction is None:
            return False
        self.outlet.advance(at_s)
        reading = self.outlet.read()
        self.transaction = None
        self._finishing = self.plugged
        self.outlet.cut()
        entry = transaction.entry
        entry.meter_stop_wh, entry.ended_s = reading.energy_wh, reading.at_s
        entry.stop_reason = stop.value
        report = Report(transaction, reading, offline=not self._host.online)
        self._host.say(self._host.speech.ended(report, stop, token))
        self._host.book.transaction_over(self.number)
        if self.operative_next is not None:
            self.operative, self.operative_next = self.operative_next, None
        self.settle(at_s)
        self._host.closed(entry, reading.at_s)
        if self.visitor is not None:
            self.visitor.over(reading.at_s)
        return True

    def sample_now(self, at_s: int) -> bool:
        """About the transaction, as TriggerMessage asks for; False: there is none."""
        if self.transaction is None:
            return False
        self.outlet.advance(at_s)
        report = Report(self.transaction, self.outlet.read(), offline=not self._host.online)
        measurands = self._host.settings.measurands
        self._host.say(self._host.speech.triggered(report, measurands))
        return True

    def meter_now(self, at_s: int) -> None:
        """About the outlet, whatever happens there."""
        self.outlet.advance(at_s)
        self._host.say(self._host.speech.idle_sample(self.place, self.outlet.read()))

    def tell_status(self, at_s: int, connector: int | None = None) -> None:
        self.board.tell(self._sight, at_s, connector)

    def tell_status_if_changed(self, at_s: int) -> None:
        self.board.tell_changes(self._sight, at_s)

    @property
    def _sight(self) -> Sight:
        return Sight(self.status, self.fault, self.connector if self.plugged else None)

    # -- inside

    def settle(self, at_s: int) -> None:
        self.outlet.advance(at_s)
        reading, transaction = self.outlet.read(), self.transaction
        if transaction is not None:
            self.outlet.feed(
                self._host.book.limit_at(
                    reading.at_s,
                    evse=self.number,
                    begun_s=transaction.entry.started_s,
                    sharers=self._host.sharers,
                )
            )
        self.tell_status_if_changed(reading.at_s)
        if transaction is not None:
            self._tell_charging_state(transaction, reading)
        self._book_next_look(reading.at_s)

    def _tell_charging_state(self, transaction: Transaction, reading: Reading) -> None:
        before, transaction.state = transaction.state, self._power_status()
        if transaction.state is before:
            return
        report = Report(transaction, reading, offline=not self._host.online)
        self._host.say(self._host.speech.state_changed(report))
        if transaction.state is Status.SUSPENDED_EV and self.visitor is not None:
            self.visitor.satisfied(reading.at_s)

    def _tell_fault(self, fault: Fault, at_s: int, *, cleared: bool) -> None:
        if self._host.online:
            self._host.say(self._host.speech.fault(self.place, fault, at_s, cleared=cleared))

    def _book_next_look(self, at_s: int) -> None:
        if self._look is not None:
            self._look.cancel()
        if self.transaction is None:
            return
        moments = [at_s + STEP_S_MAX]
        if (interval_s := self._host.settings.seconds(SAMPLE)) > 0:
            moments.append(self._sampled_s + interval_s)
        if (full_s := self.outlet.full_in_s()) is not None:
            moments.append(at_s + full_s)
        edge_s = self._host.book.next_edge_s(
            at_s, evse=self.number, begun_s=self.transaction.entry.started_s
        )
        if edge_s is not None:
            moments.append(edge_s)
        self._look = self._host.agenda.add(max(at_s + 1, min(moments)), self._look_again)

    def _look_again(self, at_s: int) -> None:
        self.outlet.advance(at_s)
        host, interval_s = self._host, self._host.settings.seconds(SAMPLE)
        if self.transaction is not None and 0 < interval_s <= at_s - self._sampled_s:
            self._sampled_s = at_s
            report = Report(self.transaction, self.outlet.read(), offline=not host.online)
            host.say(host.speech.sampled(report, host.settings.measurands))
        self.settle(at_s)

    def _begin(self, permit: Permit, at_s: int, last: Begin) -> None:
        self.outlet.advance(at_s)
        reading, host = self.outlet.read(), self._host
        self._forget_permit()
        self._finishing = False
        entry = LedgerEntry(
            station=host.identity,
            evse=self.number,
            version=host.speech.version,
            token=permit.token,
            transaction_id=host.speech.new_transaction_id(self._rng),
            started_s=reading.at_s,
            meter_start_wh=reading.energy_wh,
        )
        transaction = Transaction(entry, self.place, reading, permit.remote_id)
        self.transaction = transaction
        self._sampled_s = reading.at_s

        def deauthorise(then_s: int) -> None:
            if self.transaction is transaction:
                self.end(then_s, Stop.DEAUTHORIZED)

        def told(verdict: Verdict) -> None:
            if verdict is Verdict.NO:
                host.card_refused()
                host.agenda.add(reading.at_s + CARD_READ_S, deauthorise)

        host.opened(entry, reading.at_s)
        report = Report(transaction, reading, offline=not host.online)
        host.say(host.speech.begun(report, Begin.REMOTE if permit.by_remote else last, told))
        if self.visitor is not None:
            self.visitor.started(reading.at_s)
        self.settle(at_s)

    def _admit(self, permit: Permit, at_s: int) -> None:
        if not self._may_start():
            self._refuse(at_s)
        elif self.plugged:
            self._begin(permit, at_s, Begin.CARD)
        else:
            patience_s = self._host.settings.seconds(PLUG_IN_PATIENCE)
            permit.patience = self._host.agenda.add(at_s + patience_s, self._give_up)
            self._permit = permit
            self.settle(at_s)

    def _give_up(self, at_s: int) -> None:
        """The card was read, no cable came (ConnectionTimeOut)."""
        self._forget_permit()
        self.settle(at_s)

    def _forget_permit(self) -> None:
        permit, self._permit = self._permit, None
        if permit is not None and permit.patience is not None:
            permit.patience.cancel()

    def _refuse(self, at_s: int) -> None:
        if self.visitor is not None:
            self.visitor.refused(at_s)

    def _may_start(self) -> bool:
        return (
            self._host.in_service
            and self.operative
            and self.fault is None
            and self.transaction is None
        )

    def _power_status(self) -> Status:
        if self.outlet.paused:
            return Status.SUSPENDED_EVSE
        drawing = self.outlet.meter.flow.power_w > 0
        return Status.CHARGING if drawing else Status.SUSPENDED_EV
