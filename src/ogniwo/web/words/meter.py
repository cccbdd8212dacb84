"""Meter values in a call as a person reads them: "12.345 kWh, 11.0 kW, battery 54 %".

Only for showing. What a reading means for a session is decided where facts are read.
"""

from typing import Final

from ogniwo.web.texts import Catalogue
from ogniwo.web.words.payload import Payload

_ENERGY: Final = "Energy.Active.Import.Register"
_SHOWN: Final = (_ENERGY, "Power.Active.Import", "SoC", "Current.Import", "Voltage")
_KILO: Final = {"Wh": 0.001, "kWh": 1.0, "W": 0.001, "kW": 1.0}


def words_of_meter(texts: Catalogue, call: Payload) -> str:
    """The newest reading of a MeterValues, TransactionEvent or StopTransaction call."""
    readings = [*call.each("meterValue"), *call.each("transactionData")]
    if not readings:
        return ""
    newest = max(readings, key=lambda reading: reading.text("timestamp"))
    found: dict[str, str] = {}
    for sampled in newest.each("sampledValue"):
        measurand = sampled.text("measurand") or _ENERGY
        if measurand in _SHOWN and measurand not in found and not sampled.text("phase"):
            found[measurand] = _quantity(texts, measurand, sampled)
    return ", ".join(found[name] for name in _SHOWN if found.get(name))


def _quantity(texts: Catalogue, measurand: str, sampled: Payload) -> str:
    value = sampled.number("value")
    if value is None:
        return ""
    unit = sampled.text("unit") or sampled.text("unitOfMeasure", "unit")
    # Bounded: ten to the power of what a stranger wrote could take a machine's whole memory.
    value *= 10 ** int(max(-9, min(9, sampled.number("unitOfMeasure", "multiplier") or 0)))
    if measurand == _ENERGY:
        return texts.number(value * _KILO.get(unit or "Wh", 0.001), 3) + "\u00a0kWh"
    if measurand == "Power.Active.Import":
        return texts.number(value * _KILO.get(unit or "W", 0.001), 1) + "\u00a0kW"
    if measurand == "SoC":
        return texts.text("messages.battery", soc=texts.number(value, 0))
    return texts.number(value, 1) + ("\u00a0A" if measurand == "Current.Import" else "\u00a0V")
