"""Meter values with odd forms: objects for arrays, empty texts, wrong units, missing words."""

from typing import Any

from ogniwo.domain.session import Flag
from tests.simulation.quirks.twist import ANY, V16, Frame, Spoilt, Twist, copy_of, is_call

REGISTER = "Energy.Active.Import.Register"
TOLERATED = frozenset({Flag.CONTENT_TOLERATED})

MeterValue = dict[str, Any]
Sampled = dict[str, Any]


def meter_values_of(frame: Frame) -> list[MeterValue]:
    """All that a call tells of meters, under whatever name."""
    told = frame[3].get("meterValue") or frame[3].get("transactionData") or []
    return told if isinstance(told, list) else [told]


def is_register(sampled: Sampled) -> bool:
    return sampled.get("measurand", REGISTER) == REGISTER and "phase" not in sampled


class OnMeterValues(Twist):
    """Base of those that do something to each meter value of the calls that they pick."""

    actions: tuple[str, ...] = ("MeterValues", "StopTransaction", "TransactionEvent")

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, *self.actions) or not self.decides(frame):
            return [frame]
        changed = copy_of(frame)
        for meter_value in meter_values_of(changed):
            self.spoil(meter_value)
        return [changed]

    def spoil(self, meter_value: MeterValue) -> None:
        raise NotImplementedError


class MeterValueAsObject(Twist):
    """Huawei sends the one meter value itself where an array of them belongs.

    Right: read as an array of one.
    """

    name = "meter_value_as_object"
    versions = V16
    explained_by = TOLERATED
    share = 0.5

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, "MeterValues") or not self.decides(frame):
            return [frame]
        changed = copy_of(frame)
        if len(changed[3]["meterValue"]) == 1:
            changed[3]["meterValue"] = changed[3]["meterValue"][0]
        return [changed]


class NoSamples(OnMeterValues):
    """Vestel EVC04 sends meter values without a single value in them.

    Right: answered; nothing is stored.
    """

    name = "no_samples"
    versions = V16
    spoils = frozenset({Spoilt.READINGS})
    actions = ("MeterValues",)
    share = 0.3

    def spoil(self, meter_value: MeterValue) -> None:
        meter_value["sampledValue"] = []


class EmptyTexts(OnMeterValues):
    """Heidelberg sends empty texts for values that it has not got, and a SoC in volts.

    Right: the single value is dropped, the rest kept.
    """

    name = "empty_texts"
    versions = V16
    spoils = frozenset({Spoilt.READINGS})
    actions = ("MeterValues",)
    share = 0.5

    def spoil(self, meter_value: MeterValue) -> None:
        for sampled in meter_value["sampledValue"]:
            if self.decides(["", "", sampled]):
                sampled["value"] = ""
        in_volts = {"value": "398.5", "measurand": "SoC", "unit": "V", "location": "EV"}
        meter_value["sampledValue"].append(in_volts)


class UnknownUnits(OnMeterValues):
    """ChargeAmps measures a frequency in Hz, which 1.6 has no word for.

    Right: that value alone is dropped.
    """

    name = "unknown_units"
    versions = V16
    explained_by = TOLERATED
    actions = ("MeterValues",)

    def spoil(self, meter_value: MeterValue) -> None:
        context = (meter_value["sampledValue"] or [{}])[0].get("context", "Sample.Periodic")
        for measurand, value, unit in (("Frequency", "49.98", "Hz"), ("Power.Factor", "0.98", "1")):
            odd = {"value": value, "measurand": measurand, "unit": unit, "context": context}
            meter_value["sampledValue"].insert(0, odd)


class CelsiusSpelt(OnMeterValues):
    """Celsius has been spelt in at least three ways, one of them by the specification.

    Right: all are read.
    """

    name = "celsius_spelt"
    versions = V16
    explained_by = TOLERATED

    def spoil(self, meter_value: MeterValue) -> None:
        for sampled in meter_value["sampledValue"]:
            if sampled.get("unit") == "Celsius":
                sampled["unit"] = self.picks(["", "", sampled], ("Celcius", "C", "celsius"))


class ErrorCalledError(Twist):
    """Legrand's error code is the word Error, which is none of the list.

    Right: the status is taken all the same.
    """

    name = "error_called_error"
    versions = V16

    def says(self, frame: Frame) -> list[Frame | str]:
        faulted = is_call(frame, "StatusNotification") and frame[3]["errorCode"] != "NoError"
        return [[*frame[:3], {**frame[3], "errorCode": "Error"}]] if faulted else [frame]


class MeasurandAbsent(OnMeterValues):
    """Alfen leaves the measurand out where it is the default, and counts in kWh.

    Right: it is the import register, in the unit that is written.
    """

    name = "measurand_absent"
    versions = ANY

    def spoil(self, meter_value: MeterValue) -> None:
        for sampled in meter_value["sampledValue"]:
            if not is_register(sampled):
                continue
            sampled.pop("measurand", None)
            if "unitOfMeasure" in sampled:
                sampled["unitOfMeasure"] = {"unit": "kWh"}
                sampled["value"] /= 1_000
            elif sampled.get("unit", "Wh") == "Wh" and sampled["value"]:
                sampled["unit"] = "kWh"
                sampled["value"] = f"{float(sampled['value']) / 1_000:.3f}"


class ContextWrong(OnMeterValues):
    """Alfen gives any context to any value.

    Right: the declared registers of start and stop decide.
    """

    name = "context_wrong"
    versions = V16
    actions = ("MeterValues",)

    def spoil(self, meter_value: MeterValue) -> None:
        contexts = ("Transaction.Begin", "Sample.Clock", "Other", "Interruption.End", "Trigger")
        context = self.picks(["", "", meter_value["timestamp"]], contexts)
        for sampled in meter_value["sampledValue"]:
            sampled["context"] = context


class CurrentOnNeutral(OnMeterValues):
    """Injet tells the current of the neutral only.

    Right: kept, and shown where there is no other.
    """

    name = "current_on_neutral"
    versions = ANY

    def spoil(self, meter_value: MeterValue) -> None:
        kept = []
        for sampled in meter_value["sampledValue"]:
            if sampled.get("measurand") == "Current.Import":
                if sampled.get("phase", "L1") != "L1":
                    continue
                sampled["phase"] = "N"
            kept.append(sampled)
        meter_value["sampledValue"] = kept
