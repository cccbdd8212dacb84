"""What a benchmark station says: OCPP 1.6, plausible, cheap to produce.

A script is a generator: it yields the next CALL as a finished WebSocket frame
and is sent the text of the answer. It checks every answer, so a server that
answers wrongly ends the run. Stations live in a time of their own, a reading each
``READING_S`` seconds at 11 kW, which begins in the past and must end there.
"""

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from benchmarks.frames import client_frame, header, mask

Script = Generator[bytes, bytes, None]

READING_S: Final = 10
POWER_W: Final = 11_000
METER_START_WH: Final = 1_250_000
METER_END_WH: Final = 10_000_000  # seven digits, so that frames keep their length
PAUSE_READINGS: Final = 2  # between two sessions: one car leaves, the next one comes
SECONDS_PER_HOUR: Final = 3600

METER_HEAD: Final = '[2,"%s","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"'
METER_TAIL: Final = b']}],"transactionId":%d}]'


ANSWERS: Final = {b"UnlockConnector": b'{"status":"Unlocked"}'}


class WrongAnswerError(Exception):
    """The server answered something a station could not accept."""


class TooLongError(Exception):
    """The stations' time is used up: the run was too long for so few stations."""


def register_wh(charged_steps: int) -> int:
    register = METER_START_WH + POWER_W * charged_steps * READING_S // SECONDS_PER_HOUR
    if register >= METER_END_WH:
        raise TooLongError("the meters have run over")
    return register


def sampled_values(register: int, wobble: int) -> list[dict[str, str]]:
    """Eight values as a three-phase wallbox sends them; ``wobble`` moves them a little."""
    volts = [230 + (wobble + phase * 3) % 5 for phase in range(3)]
    figures = [("Energy.Active.Import.Register", "Wh", "", str(register))]
    figures.append(("Power.Active.Import", "W", "", str(POWER_W - wobble % 60)))
    figures += [("Current.Import", "A", f"L{n + 1}", f"15.{90 + wobble % 10}") for n in range(3)]
    figures += [("Voltage", "V", f"L{n + 1}", f"{volts[n]}.{wobble % 10}") for n in range(3)]
    common = {"context": "Sample.Periodic", "format": "Raw", "location": "Outlet"}
    return [
        {"value": value, **common, "measurand": measurand, "unit": unit}
        | ({"phase": phase} if phase else {})
        for measurand, unit, phase, value in figures
    ]


@cache
def _values_around_register() -> tuple[str, str]:
    """The eight values as text, split where the register stands."""
    text = json.dumps(sampled_values(METER_START_WH, 0), separators=(",", ":"))
    before, _, after = text.partition(str(METER_START_WH))
    return before, after


def sampled_values_text(register: int) -> str:
    """The same eight values, of which only the register moves: for crowds, cheap to make."""
    before, after = _values_around_register()
    return f"{before}{register}{after}"


class Past:
    """The stretch of time all stations of a run live in, counted in steps of a reading."""

    def __init__(self, length_s: int) -> None:
        self._steps = length_s // READING_S
        self._beginning = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=length_s)
        self._bodies: dict[tuple[int, int, int], bytes] = {}

    @property
    def beginning_us(self) -> int:
        return int(self._beginning.timestamp()) * 1_000_000

    def text(self, step: int) -> str:
        if step >= self._steps:
            raise TooLongError("station time has reached the present")
        at = self._beginning + timedelta(seconds=step * READING_S)
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def meter_body(self, step: int, charged_steps: int, offset: int) -> bytes:
        """Time and values of a reading: made and masked once, shared by all stations."""
        key = (step, charged_steps, offset)
        body = self._bodies.get(key)
        if body is None:
            values = sampled_values(register_wh(charged_steps), charged_steps)
            compact = json.dumps(values, separators=(",", ":"))
            text = f'{self.text(step)}","sampledValue":{compact[:-1]}'
            body = self._bodies[key] = mask(text.encode(), offset)
        return body


class Station:
    """One station's place in time, and what the server acknowledged of it."""

    def __init__(self, number: int, past: Past) -> None:
        self.past = past
        self.id = f"BENCH-{number:04d}"
        self.token = f"BENCH{number:04d}"
        self.step = 0
        self.charged_steps = 0
        self.calls = 0
        self.readings_acknowledged = 0
        self.starts_acknowledged = 0
        self.transaction_id = 0

    def call(self, action: str, **payload: object) -> Generator[bytes, bytes, dict[str, Any]]:
        """The slow, general way: one CALL and the payload of its CALLRESULT."""
        message_id = self._next_id()
        text = json.dumps([2, message_id, action, payload], separators=(",", ":"))
        return check_answer((yield client_frame(text.encode())), message_id)

    def boot(self) -> Script:
        answer = yield from self.call(
            "BootNotification", chargePointVendor="Ogniwo", chargePointModel="Benchmark 11"
        )
        if answer["status"] != "Accepted":
            raise WrongAnswerError(f"{self.id}: boot {answer['status']}")

    def status(self, status: str) -> Script:
        yield from self.call(
            "StatusNotification",
            connectorId=1,
            errorCode="NoError",
            status=status,
            timestamp=self.past.text(self.step),
        )

    def authorize(self) -> Script:
        require_accepted(self.id, (yield from self.call("Authorize", idTag=self.token)))

    def start(self) -> Script:
        answer = yield from self.call(
            "StartTransaction",
            connectorId=1,
            idTag=self.token,
            meterStart=register_wh(self.charged_steps),
            timestamp=self.past.text(self.step),
        )
        require_accepted(self.id, answer)
        self.transaction_id = answer["transactionId"]
        self.starts_acknowledged += 1

    def charge(self, readings: int | None = None) -> Script:
        """The measured way: meter values for ever or as many as told."""
        offset = len(METER_HEAD % self._next_id(ahead=0))
        tail = METER_TAIL % self.transaction_id
        length = offset + len(self.past.meter_body(self.step, self.charged_steps, offset))
        frame_header = header(length + len(tail))
        tail = mask(tail, length)
        first = self.readings_acknowledged
        while readings is None or self.readings_acknowledged < first + readings:
            self.step += 1
            self.charged_steps += 1
            message_id = self._next_id()
            head = mask((METER_HEAD % message_id).encode())
            body = self.past.meter_body(self.step, self.charged_steps, offset)
            answer = yield b"".join((frame_header, head, body, tail))
            if answer != b'[3,"%s",{}]' % message_id.encode():
                check_answer(answer, message_id)
            self.readings_acknowledged += 1

    def stop(self) -> Script:
        yield from self.call(
            "StopTransaction",
            transactionId=self.transaction_id,
            idTag=self.token,
            meterStop=register_wh(self.charged_steps),
            timestamp=self.past.text(self.step),
            reason="Local",
        )
        self.step += PAUSE_READINGS

    def _next_id(self, ahead: int = 1) -> str:
        self.calls += ahead
        return f"{self.id}-{self.calls:08d}"


def answer_to(call: bytes) -> bytes:
    """What the station says to a CALL of the server's, at once."""
    _, message_id, _, action, _ = call.split(b'"', 4)
    known = ANSWERS.get(action)
    if known is None:
        return b'[4,"%s","NotImplemented","",{}]' % message_id
    return b'[3,"%s",%s]' % (message_id, known)


def check_answer(answer: bytes, message_id: str) -> dict[str, Any]:
    match json.loads(answer):
        case [3, str(answered), dict(payload)] if answered == message_id:
            return payload
    raise WrongAnswerError(f"expected the result of {message_id}, got {answer.decode()[:300]}")


def require_accepted(station_id: str, answer: dict[str, Any]) -> None:
    if answer["idTagInfo"]["status"] != "Accepted":
        raise WrongAnswerError(f"{station_id}: token {answer['idTagInfo']['status']}")
