"""Registers that count something else than they say, and stops that do not know theirs."""

from random import Random
from typing import Any

from ogniwo.domain.session import Flag
from tests.simulation.quirks.twist import (
    RESULT,
    V16,
    Frame,
    Spoilt,
    Twist,
    copy_of,
    is_answer,
    is_call,
    with_fields,
)
from tests.simulation.quirks.values import OnMeterValues, is_register, meter_values_of

_OF_REGISTERS = frozenset(
    {
        "kwh_labelled_wh",
        "counts_per_session",
        "stop_counts_per_session",
        "stop_register_unknown",
        "stop_below_start",
    }
)


class KwhLabelledWh(OnMeterValues):
    """OpenEVSE 4.2.2 writes kWh figures and calls them Wh; start and stop are right.

    Right: the declared registers decide.
    """

    name = "kwh_labelled_wh"
    versions = V16
    spoils = frozenset({Spoilt.READINGS})
    never_with = _OF_REGISTERS | {"measurand_absent", "forgets_id"}

    def spoil(self, meter_value: dict[str, Any]) -> None:
        for sampled in filter(is_register, meter_value["sampledValue"]):
            if sampled["value"]:
                sampled["value"] = f"{float(sampled['value']) / 1_000:.2f}"


class CountsPerSession(Twist):
    """The register of the meter values starts from 0 with each session; start and stop do not.

    Right: nothing negative is ever shown; the declared registers decide.
    """

    name = "counts_per_session"
    versions = V16
    spoils = frozenset({Spoilt.READINGS})
    never_with = _OF_REGISTERS | {"forgets_id", "forgets_id_alone"}

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._asked: dict[str, int] = {}  # starts on their way: id to register
        self._begun_wh: dict[int, int] = {}  # by transaction

    def connected(self) -> None:
        super().connected()
        self._asked.clear()

    def says(self, frame: Frame) -> list[Frame | str]:
        if is_call(frame, "StartTransaction"):
            self._asked[frame[1]] = frame[3]["meterStart"]
        if not is_call(frame, "MeterValues", "StopTransaction"):
            return [frame]
        begun_wh = self._begun_wh.get(frame[3].get("transactionId", 0))
        return [frame if begun_wh is None else self._counted(copy_of(frame), begun_wh)]

    def hears(self, frame: Frame) -> list[Frame]:
        begun_wh = self._asked.pop(frame[1], None) if is_answer(frame) else None
        if begun_wh is not None and frame[0] == RESULT:
            self._begun_wh[frame[2]["transactionId"]] = begun_wh
        return [frame]

    def _counted(self, frame: Frame, begun_wh: int) -> Frame:
        for meter_value in meter_values_of(frame):
            for sampled in filter(is_register, meter_value["sampledValue"]):
                if sampled["value"]:
                    sampled["value"] = f"{float(sampled['value']) - begun_wh:.0f}"
        return frame


class StopCountsPerSession(CountsPerSession):
    """Only the start tells the lifetime register; whatever follows counts from 0.

    Right: the difference within the session is billed and said to be that, never a negative.
    """

    name = "stop_counts_per_session"
    spoils = frozenset({Spoilt.READINGS, Spoilt.ENERGY})
    explained_by = frozenset({Flag.REGISTER_REBASED, Flag.METER_WENT_BACK})
    never_with = CountsPerSession.never_with

    def _counted(self, frame: Frame, begun_wh: int) -> Frame:
        frame = super()._counted(frame, begun_wh)
        if "meterStop" in frame[3]:
            frame[3]["meterStop"] -= begun_wh
        return frame


class StopRegisterUnknown(Twist):
    """A stop says -1: the station does not know its register any more.

    Right: the stop is taken; the energy is that of the newest reading, and flagged so.
    """

    name = "stop_register_unknown"
    versions = V16
    spoils = frozenset({Spoilt.ENERGY, Spoilt.READINGS})
    explained_by = frozenset({Flag.METER_STOP_UNKNOWN, Flag.ENERGY_UNKNOWN})
    never_with = _OF_REGISTERS
    share = 0.5

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, "StopTransaction") or not self.decides(frame):
            return [frame]
        return [with_fields(frame, meterStop=-1, transactionData=None)]


class StopBelowStart(Twist):
    """A stop says 0, or less than the start did.

    Right: the stop is taken, the session held for a person; no bill is ever negative.
    """

    name = "stop_below_start"
    versions = V16
    spoils = frozenset({Spoilt.ENERGY, Spoilt.READINGS})
    explained_by = frozenset({Flag.METER_WENT_BACK})
    never_with = _OF_REGISTERS
    share = 0.5

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, "StopTransaction") or not self.decides(frame):
            return [frame]
        return [with_fields(frame, meterStop=0, transactionData=None)]
