"""A durable event as one sentence. The texts are ``events.KIND`` in the catalogues."""

from collections.abc import Iterator, Mapping
from typing import Final

from ogniwo.app.views import EventView
from ogniwo.domain.events import Scalar
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
    "role": "roles",
}
_STATES: Final = {"command_changed": "command_states", "job_changed": "job_states"}

_LISTS: Final = {"flags": "flags", "rights": "rights_short"}  # words with commas between
_CHANGES: Final = {"user_changed": "user_changes", "driver_rules_changed": "driver_rule_changes"}


def words_of_event(event: EventView, language: Language) -> str:
    texts = catalogue(language)
    key = f"events.{event.kind}"
    if not texts.has(key):
        return event.kind.replace("_", " ")
    values = {name: _value(texts, event.kind, name, value) for name, value in event.data.items()}
    if event.kind in _CHANGES:
        values["changed"] = ", ".join(_changes(texts, _CHANGES[event.kind], event.data))
    if values.get("charging_state"):
        values["state"] = ""  # the finer word says it all
    evse = str(event.evse_id) if event.evse_id else ""  # 0 is the station as a whole
    return texts.text(key, **{**values, "evse": evse})


def _changes(texts: Catalogue, group: str, data: Mapping[str, Scalar]) -> Iterator[str]:
    """What was changed: what is switched says which way."""
    for field in filter(None, str(data.get("changed", "")).split(",")):
        value = data.get(field)
        ends = {True: "_on", False: "_off", None: "_none"}
        end = ends[value] if field in data and (value is None or isinstance(value, bool)) else ""
        key = f"{group}.{field}"
        told = {name: _value(texts, "", name, it) for name, it in data.items()}
        yield texts.text(key + end if texts.has(key + end) else key, **told)


def _sites(texts: Catalogue, value: Scalar) -> str:
    """How many, in the words of the list of users; a name may be another's by now."""
    if value is None:
        return texts.text("event_sites.everywhere")
    return texts.text("event_sites.some", n=str(len(str(value).split(","))))


def _value(texts: Catalogue, kind: str, name: str, value: Scalar) -> str:
    if name == "sites":
        return _sites(texts, value)
    if isinstance(value, bool) or value is None:
        return ""
    if name.endswith("_wh") and isinstance(value, int | float):
        return texts.number(value / 1000, 3) + "\u00a0kWh"
    text = str(value)
    if name == "result" and text == "Accepted":
        return ""  # the state says so already
    if name in _LISTS:
        return ", ".join(texts.word(_LISTS[name], it) for it in text.split(","))
    if name == "reason" and kind == "connection_refused":
        return texts.word("refusals", f"{text}.title", otherwise=text)
    if name == "state":
        return texts.word(_STATES.get(kind, "states"), text)
    return texts.word(_GROUPS[name], text) if name in _GROUPS else text
