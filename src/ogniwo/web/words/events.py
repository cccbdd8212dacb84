"""A durable event as one sentence. The texts are ``events.KIND`` in the catalogues."""

from typing import Final

from ogniwo.app.views import EventView
from ogniwo.web.texts import Catalogue, Language, catalogue

# which group of the catalogue translates a value of ``data``
_GROUPS: Final = {
    "after": "status",
    "before": "status",
    "charging_state": "wire.charging_state",
    "registration": "registration",
    "reason": "wire.reason",
    "stop_reason": "wire.reason",
    "verdict": "verdicts",
    "error_code": "wire.error",
    "command": "commands",
    "problem": "problems",
    "result": "wire.answer",
    "repair": "evidence.repairs",
}
_STATES: Final = {"command_changed": "command_states", "job_changed": "job_states"}


def words_of_event(event: EventView, language: Language) -> str:
    texts = catalogue(language)
    key = f"events.{event.kind}"
    if not texts.has(key):
        return event.kind.replace("_", " ")
    values = {name: _value(texts, event.kind, name, value) for name, value in event.data.items()}
    if values.get("charging_state"):
        values["state"] = ""  # the finer word says it all
    evse = str(event.evse_id) if event.evse_id else ""  # 0 is the station as a whole
    return texts.text(key, **{**values, "evse": evse})


def _value(texts: Catalogue, kind: str, name: str, value: object) -> str:
    if isinstance(value, bool) or value is None:
        return ""
    if name.endswith("_wh") and isinstance(value, int | float):
        return texts.number(value / 1000, 3) + "\u00a0kWh"
    text = str(value)
    if name == "result" and text == "Accepted":
        return ""  # the state says so already
    if name == "flags":
        return ", ".join(texts.word("flags", flag) for flag in text.split(","))
    if name == "reason" and kind == "connection_refused":
        return texts.word("refusals", f"{text}.title", otherwise=text)
    if name == "state":
        return texts.word(_STATES.get(kind, "states"), text)
    return texts.word(_GROUPS[name], text) if name in _GROUPS else text
