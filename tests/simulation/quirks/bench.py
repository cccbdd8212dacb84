"""A small story of a station, told through a twist to the rules, and what the books say of it.

The story has all that quirks hang on: boots, cards, two cars at once, links lost before and
after an answer, a queue from an offline stretch, a fault. There is no loop and no socket here.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from ogniwo.base.units import seconds
from tests.domain.world import NOON, World
from tests.simulation.quirks import words
from tests.simulation.quirks.csms import Csms
from tests.simulation.quirks.twist import CALL, RESULT, Frame, HangUp, Twist
from tests.simulation.quirks.words import Payload

SUBPROTOCOLS: Final = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1", "2.1": "ocpp2.1"}
CARDS: Final = ("04A1B2C3D4E5F6", "DEADBEEF01")
STEP_S: Final = 60
LAST_S: Final = 20  # from the last reading to the stop
POWER_W: Final = {1: 150_000, 2: 7_200}  # a fast charger, and a slow one
TRIES_MAX: Final = 12
LOST: Final = 0.02  # of the calls, and as many answers
RESTARTED: Final = 0.2  # of the connections meet a server without a memory


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
        self._later: list[tuple[Truth, str, Payload]] | None = (
            None  # what an offline stretch queues
        )

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
            answer = [RESULT, one[1], words.obeyed(one[2])]
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
        self._offline_visit()
        for action, payload in words.ORDERS[self.version]:
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

    def _offline_visit(self) -> None:
        """The station trusts the card, and tells it all afterwards."""
        self._later = []
        car = self.start(1, CARDS[0])
        self._charge([car], 5)
        self.stop(car, CARDS[0])
        self._deliver()

    def _deliver(self) -> None:
        queue, self._later = self._later or [], None
        self.world.wait(1_200)
        self.connect()
        for place, (truth, action, payload) in enumerate(queue):
            if place == 1:
                self.connect()  # the network is back, and not yet for good
            self._tell(truth, action, payload)

    def _charge(self, cars: list[Truth], steps: int) -> None:
        for _ in range(steps):
            self.world.wait(STEP_S)
            for car in cars:
                self._registers[car.evse] += POWER_W[car.evse] * STEP_S // 3_600
                self.values(car)

    @property
    def now_s(self) -> int:
        return (self.world.now - NOON) // seconds(1)

    # -- what it says

    def boot(self) -> None:
        answer = self.say("BootNotification", words.boot(self.version))
        assert answer["status"] == "Accepted"
        self.say("Heartbeat", {})
        for evse in (1, 2):
            self.status(evse, "Available")

    def status(self, evse: int, word: str) -> None:
        told = words.status(self.version, evse, word, self.now_s)
        self.say("StatusNotification", told)

    def start(self, evse: int, card: str) -> Truth:
        if self._later is None:
            self.say("Authorize", words.card(self.version, card))
        truth = Truth(evse, card, self.now_s, self._registers[evse])
        self.truths.append(truth)
        if self.version == "1.6":
            start = words.start_16(evse, card, truth.started_s, truth.start_wh)
            self._queued(truth, "StartTransaction", start)
        else:
            truth.number = f"tx-{len(self.truths)}"
            self._event(truth, "Started", "Authorized", card)
            truth.readings[self.now_s, truth.start_wh] += 1
            self._event(truth, "Updated", "ChargingStateChanged")
        return truth

    def values(self, truth: Truth) -> None:
        evse, at_s, wh = truth.evse, self.now_s, self._registers[truth.evse]
        truth.readings[at_s, wh] += 1
        if self.version == "1.6":
            values = words.values_16(evse, truth.number, at_s, wh, POWER_W[evse])
            self._queued(truth, "MeterValues", values)
        else:
            self._event(truth, "Updated", "MeterValuePeriodic")

    def stop(self, truth: Truth, card: str | None) -> None:
        self.world.wait(LAST_S)
        self._registers[truth.evse] += POWER_W[truth.evse] * LAST_S // 3_600
        truth.ended_s, truth.stop_wh = self.now_s, self._registers[truth.evse]
        begin, end = (truth.started_s, truth.start_wh), (truth.ended_s, truth.stop_wh)
        if self.version == "1.6":
            stop = words.stop_16(truth.number, card, begin, end)
            self._queued(truth, "StopTransaction", stop)
        else:
            self._event(truth, "Ended", "StopAuthorized", card)

    def _event(self, truth: Truth, kind: str, trigger: str, card: str | None = None) -> None:
        event = words.event_2x(
            kind,
            trigger,
            number=truth.number,
            seq_no=truth.seq_no,
            evse=truth.evse,
            now=(self.now_s, self._registers[truth.evse]),
            power_w=POWER_W[truth.evse],
            uid=card,
        )
        truth.seq_no += 1
        self._queued(truth, "TransactionEvent", event)

    def _queued(self, truth: Truth, action: str, payload: Payload) -> None:
        if self._later is None:
            self._tell(truth, action, payload)
        else:
            self._later.append((truth, action, payload))

    def _tell(self, truth: Truth, action: str, payload: Payload) -> None:
        if "transactionId" in payload:  # learnt after the message was put into the queue
            payload["transactionId"] = truth.number
        answer = self.say(action, payload)
        if action == "StartTransaction":
            truth.number = answer["transactionId"]
