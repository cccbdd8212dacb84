"""A small story of a station, told through a twist to the rules, and what the books say of it.

The story has all that quirks hang on: boots, cards, two cars at once, links lost before and
after an answer, a queue from an offline stretch, a fault. There is no loop and no socket here.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from ogniwo.app.jobs.end_lost_sessions import is_lost
from ogniwo.base.limits import LOST_SESSION_S
from ogniwo.base.units import seconds
from ogniwo.domain.session import (
    Flag,
    SessionState,
    abandoned,
    closed_anyway,
    flagged,
    settled,
)
from ogniwo.ocpp.catalogue import RefusedCallError
from ogniwo.ocpp.rpc.frame import Call, Malformed, error_text, parse
from tests.domain.world import NOON, StationUnderTest, World
from tests.simulation.quirks.twist import CALL, RESULT, Frame, HangUp, Twist

SUBPROTOCOLS: Final = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1", "2.1": "ocpp2.1"}
CARDS: Final = ("04A1B2C3D4E5F6", "DEADBEEF01")
STEP_S: Final = 60
LAST_S: Final = 20  # from the last reading to the stop
STEP_WH: Final = {1: 2_500, 2: 117}  # a fast charger, and a slow one
TRIES_MAX: Final = 12
LOST: Final = 0.02  # of the calls, and as many answers
RESTARTED: Final = 0.2  # of the connections meet a server without a memory

Payload = dict[str, Any]

_PERIODS: Final = [{"startPeriod": 900 * n, "limit": 16.0 - n / 10} for n in range(48)]
_SCHEDULE: Final = {"chargingRateUnit": "A", "chargingSchedulePeriod": _PERIODS}
_PROFILE: Final = {"chargingProfileKind": "Absolute", "stackLevel": 2}
PROFILE_16: Final = {
    "connectorId": 1,
    "csChargingProfiles": {
        **_PROFILE,
        "chargingProfileId": 7,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingSchedule": _SCHEDULE,
    },
}
PROFILE_2X: Final = {
    "evseId": 1,
    "chargingProfile": {
        **_PROFILE,
        "id": 7,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingSchedule": [{"id": 1, **_SCHEDULE}],
    },
}
_ORDERS_2X: Final[tuple[tuple[str, Payload], ...]] = (
    ("GetLocalListVersion", {}),
    ("SetChargingProfile", PROFILE_2X),
) * 3
ORDERS: Final[dict[str, tuple[tuple[str, Payload], ...]]] = {
    "1.6": (("GetConfiguration", {}), ("SetChargingProfile", PROFILE_16)),
    "2.0.1": _ORDERS_2X,
    "2.1": _ORDERS_2X,
}


@dataclass(slots=True, eq=False)
class Truth:
    """One transaction as it really was; moments are seconds since noon."""

    evse: int
    token: str
    started_s: int
    start_wh: int
    ended_s: int = 0
    stop_wh: int = 0
    number: Any = None
    seq_no: int = 0
    readings: Counter[tuple[int, int]] = field(default_factory=Counter)  # moment and register


class Csms(StationUnderTest):
    """The server's side of one link: text in, frames out."""

    def receive(self, text: str) -> Frame | None:
        frame = parse(text, self.version.dialect)
        if isinstance(frame, Malformed):
            if frame.fault is None:
                return None
            code = self.version.dialect.codes[frame.fault]
            return _decoded(error_text(frame.id, code, frame.reason))
        assert isinstance(frame, Call), frame
        try:
            raw = self.version.to_answer(frame.action, self._handled(frame))
        except RefusedCallError as refused:
            return _decoded(
                error_text(frame.id, self.version.dialect.codes[refused.fault], refused.reason)
            )
        return [RESULT, frame.id, json.loads(raw)]

    def end_what_was_lost(self) -> None:
        """What the job does that ends sessions whose stop never came."""
        quiet_since = self.world.now - seconds(LOST_SESSION_S)
        for session in list(self.state.open.values()):
            if is_lost(self.state, session, quiet_since):
                self.commit((abandoned(session, power_w_max=None),))

    def close_what_waits(self) -> None:
        """What the job does that closes sessions whose events never came."""
        for session in list(self.state.open.values()):
            if session.state is SessionState.WAITING_FOR_DATA:
                missing = session.seq_last is not None
                after = flagged(session, Flag.EVENTS_MISSING) if missing else session
                after = closed_anyway(settled(after, power_w_max=None), now=self.world.now)
                self.commit((after,))


class LinkLostError(Exception):
    """By the weather, not by a twist."""


class OddStation:
    def __init__(self, version: str, twist: Twist, *, weather: Random) -> None:
        self.version = version
        self.twist = twist
        self._weather = weather  # decides when links are lost and the server starts anew
        self.world = World()
        for card in CARDS:
            self.world.token(card)
        self.csms = Csms(self.world, SUBPROTOCOLS[version])
        self.truths: list[Truth] = []
        self.changed = 0  # frames that left otherwise than they were said
        self.refused: list[Frame] = []
        self._registers = {1: 5_000_000, 2: 800_000}
        self._ids = 0
        self._later: list[Callable[[], None]] | None = None  # what an offline stretch queues

    # -- the link

    def connect(self) -> None:
        if self._weather.random() < RESTARTED:
            self.csms.restart_server()
        self.world.wait(self._weather.randrange(40))
        for _ in range(TRIES_MAX):
            try:
                self.twist.connected()
            except HangUp:
                self.changed += 1
            else:
                return
        raise AssertionError("the station hangs up for ever")

    def say(self, action: str, payload: Payload) -> Payload:
        """Until it is answered; whenever the link is lost, over a new one."""
        for _ in range(TRIES_MAX):
            self._ids += 1
            try:
                answer = self._told([CALL, f"run-{self._ids}", action, payload])
            except HangUp:
                answer = None
                self.changed += 1
            except LinkLostError:
                answer = None
            if answer is not None:
                return answer
            self.connect()
        raise AssertionError(f"{action} gets no answer")

    def _told(self, frame: Frame) -> Payload | None:
        answer: Payload | None = None
        before = json.dumps(frame)
        leaving = self.twist.says(frame)
        self.changed += leaving != [frame]
        assert json.dumps(frame) == before, "the twist changed the station's own frame"
        for one in leaving:
            fate = self._weather.random()
            if fate < LOST:  # on its way
                raise LinkLostError
            told = self.csms.receive(one if isinstance(one, str) else json.dumps(one))
            if fate < 2 * LOST:  # the answer
                raise LinkLostError
            for heard in [] if told is None else self.twist.hears(told):
                assert heard[1] == frame[1], f"an answer to nothing: {heard} after {leaving}"
                assert answer is None, "answered twice"
                if heard[0] != RESULT:
                    self.refused.append(heard)
                    return {}
                answer = heard[2]
        return answer

    def asked(self, action: str, payload: Payload) -> Frame | None:
        """A call of the server's: what it gets for an answer, if any."""
        self._ids += 1
        call = [CALL, f"csms-{self._ids}", action, payload]
        try:
            heard = self.twist.hears(call)
        except HangUp:
            self.changed += 1
            self.connect()
            return None
        self.changed += heard != [call]
        for one in heard:
            answer = [RESULT, one[1], obeyed(one[2])]
            told = self.twist.says(answer)
            self.changed += told != [answer]
            return told[0] if isinstance(told[0], list) else None
        return None

    # -- the story

    def live(self) -> None:
        self.connect()
        self.boot()
        for visit in range(3):
            self._visit(visit)
            self.world.wait(300)
            if visit == 1:
                self.connect()
                self.boot()
        for action, payload in ORDERS[self.version]:
            self.asked(action, payload)
        self.status(2, "Faulted")
        self.status(2, "Available")
        self.world.wait(3_600)
        self.csms.end_what_was_lost()
        self.csms.close_what_waits()

    def _visit(self, visit: int) -> None:
        self.status(1, "Preparing")
        first = self.start(1, CARDS[0])
        cars = [first]
        self.status(1, "Charging")
        self._charge(cars, 3)
        if visit == 1:
            cars.append(self.start(2, CARDS[1]))
            self.status(2, "Charging")
        self.connect()
        self._charge(cars, 3)
        with_queue = visit == 2
        if with_queue:
            self._later = []
        self._charge(cars, 2)
        self.stop(first, None if visit == 1 else CARDS[0])
        if with_queue:
            self._deliver()
        self.status(1, "Finishing")
        self.status(1, "Available")
        if visit == 1:
            self._charge(cars[1:], 2)
            self.stop(cars[1], None)
            self.status(2, "Available")

    def _deliver(self) -> None:
        queue, self._later = self._later or [], None
        self.world.wait(1_200)
        self.connect()
        for one in queue:
            one()

    def _charge(self, cars: list[Truth], steps: int) -> None:
        for _ in range(steps):
            self.world.wait(STEP_S)
            for car in cars:
                self._registers[car.evse] += STEP_WH[car.evse]
                self.values(car)

    @property
    def now_s(self) -> int:
        return (self.world.now - NOON) // seconds(1)

    def _queued(self, one: Callable[[], None]) -> None:
        if self._later is None:
            one()
        else:
            self._later.append(one)

    # -- what it says

    def boot(self) -> None:
        plate = {"vendorName": "Volta", "model": "One", "serialNumber": "S-1"}
        if self.version == "1.6":
            plate = {"chargePointVendor": "Volta", "chargePointModel": "One"}
            answer = self.say("BootNotification", plate)
        else:
            boot = {"reason": "PowerUp", "chargingStation": plate}
            answer = self.say("BootNotification", boot)
        assert answer["status"] == "Accepted"
        self.say("Heartbeat", {})
        for evse in (1, 2):
            self.status(evse, "Available")

    def status(self, evse: int, word: str) -> None:
        told: Payload
        if self.version == "1.6":
            error = "GroundFailure" if word == "Faulted" else "NoError"
            told = {"connectorId": evse, "status": word, "errorCode": error}
        else:
            word = word if word in {"Available", "Faulted"} else "Occupied"
            told = {"evseId": evse, "connectorId": 1, "connectorStatus": word}
        self.say("StatusNotification", {**told, "timestamp": self.world.at(0)[:19] + "Z"})

    def start(self, evse: int, card: str) -> Truth:
        shown: Payload = {"idTag": card}
        if self.version != "1.6":
            shown = {"idToken": {"idToken": card, "type": "ISO14443"}}
        self.say("Authorize", shown)
        truth = Truth(evse, card, self.now_s, self._registers[evse])
        self.truths.append(truth)
        if self.version == "1.6":
            payload = {
                "connectorId": evse,
                "idTag": card,
                "meterStart": truth.start_wh,
                "timestamp": self._at(truth.started_s),
            }
            truth.number = self.say("StartTransaction", payload)["transactionId"]
        else:
            truth.number = f"tx-{len(self.truths)}"
            self._event(truth, "Started", "Authorized", token=card)
            truth.readings[self.now_s, truth.start_wh] += 1
            self._event(truth, "Updated", "ChargingStateChanged")
        return truth

    def values(self, truth: Truth) -> None:
        wh, at_s = self._registers[truth.evse], self.now_s
        truth.readings[at_s, wh] += 1
        if self.version != "1.6":
            self._event(truth, "Updated", "MeterValuePeriodic")
            return
        payload = {
            "connectorId": truth.evse,
            "transactionId": truth.number,
            "meterValue": [self._meter_value(truth, wh, at_s, "Sample.Periodic")],
        }
        self._queued(lambda: void(self.say("MeterValues", payload)))

    def stop(self, truth: Truth, card: str | None) -> None:
        self.world.wait(LAST_S)
        self._registers[truth.evse] += STEP_WH[truth.evse] * LAST_S // STEP_S
        truth.ended_s, truth.stop_wh = self.now_s, self._registers[truth.evse]
        if self.version != "1.6":
            self._event(truth, "Ended", "StopAuthorized", token=card)
            return
        both = [
            self._meter_value(
                truth, truth.start_wh, truth.started_s, "Transaction.Begin", bare=True
            ),
            self._meter_value(truth, truth.stop_wh, truth.ended_s, "Transaction.End", bare=True),
        ]
        payload = {
            "transactionId": truth.number,
            "meterStop": truth.stop_wh,
            "timestamp": self._at(truth.ended_s),
            "transactionData": both,
            "reason": "Local",
            **({} if card is None else {"idTag": card}),
        }
        self._queued(lambda: void(self.say("StopTransaction", payload)))

    def _event(
        self,
        truth: Truth,
        kind: str,
        trigger: str,
        *,
        token: str | None = None,
    ) -> None:
        context = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}
        wh = self._registers[truth.evse]
        info = {"transactionId": truth.number, "chargingState": "Charging"}
        payload = {
            "eventType": kind,
            "timestamp": self._at(self.now_s),
            "triggerReason": trigger,
            "seqNo": truth.seq_no,
            "transactionInfo": info,
            "evse": {"id": truth.evse, "connectorId": 1},
            "meterValue": [
                self._meter_value(truth, wh, self.now_s, context.get(kind, "Sample.Periodic"))
            ],
        }
        if token is not None:
            payload["idToken"] = {"idToken": token, "type": "ISO14443"}
        truth.seq_no += 1
        self._queued(lambda: void(self.say("TransactionEvent", payload)))

    def _meter_value(
        self, truth: Truth, wh: int, at_s: int, context: str, *, bare: bool = False
    ) -> Payload:
        power_w = STEP_WH[truth.evse] * 3_600 // STEP_S
        values: list[tuple[str, str, int, str | None]] = [
            ("Energy.Active.Import.Register", "Wh", wh, None)
        ]
        if not bare:
            values += [("Power.Active.Import", "W", power_w, None)]
            values += [("Current.Import", "A", 10, line) for line in ("L1", "L2", "L3")]
            values += [("SoC", "Percent", 44, None)]
        if self.version == "1.6" and not bare:
            values += [("Temperature", "Celsius", 31, None)]
        sampled = []
        for measurand, unit, value, phase in values:
            one: Payload = {"measurand": measurand, "context": context}
            if self.version == "1.6":
                one |= {"value": str(value), "unit": unit}
            else:
                one |= {"value": value, "unitOfMeasure": {"unit": unit}}
            sampled.append(one if phase is None else {**one, "phase": phase})
        return {"timestamp": self._at(at_s), "sampledValue": sampled}

    def _at(self, at_s: int) -> str:
        return self.world.at(at_s - self.now_s)[:19] + "Z"


def obeyed(action: str) -> Payload:
    """An ordinary station's answer."""
    key = {"key": "HeartbeatInterval", "readonly": False, "value": "300"}
    answers: dict[str, Payload] = {
        "GetConfiguration": {"configurationKey": [key]},
        "GetLocalListVersion": {"versionNumber": 3},
        "ClearChargingProfile": {"status": "Unknown"},
    }
    return answers.get(action, {"status": "Accepted"})


def void(answer: object) -> None:
    """A queue is told, not asked."""
    del answer


def _decoded(text: bytes) -> Frame:
    frame: Frame = json.loads(text)
    return frame
