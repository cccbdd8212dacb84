"""An OCPP call and its answer as one sentence, for every version.

The texts are ``messages.ACTION`` in the catalogues; their placeholders are what ``_said`` finds in
the payload, looked for under the names of 1.6 and of 2.x. How it ended is added after a dash.
An action without a text is shown by its name.
"""

from typing import Final

from ogniwo.app.views import MessageView
from ogniwo.web.texts import Catalogue, Language, catalogue
from ogniwo.web.words.meter import words_of_meter
from ogniwo.web.words.payload import Payload

# what ``_said`` calls a value -> where it may stand, first found wins
_PLACES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "token": (("idTag",), ("idToken", "idToken"), ("idToken",)),
    "evse": (("evseId",), ("evse", "id"), ("connectorId",)),
    "transaction": (("transactionId",), ("transactionInfo", "transactionId")),
    "status": (("connectorStatus",), ("status",), ("installationStatus",), ("uploadLogStatus",)),
    "error": (("errorCode",),),
    "vendor_error": (("vendorErrorCode",),),
    "info": (("info",), ("techInfo",), ("statusInfo", "additionalInfo")),
    "reason": (("reason",), ("transactionInfo", "stoppedReason")),
    "trigger": (("triggerReason",),),
    "charging_state": (("transactionInfo", "chargingState"),),
    "vendor": (("chargePointVendor",), ("chargingStation", "vendorName"), ("vendorId",)),
    "model": (("chargePointModel",), ("chargingStation", "model")),
    "firmware": (("firmwareVersion",), ("chargingStation", "firmwareVersion")),
    "kind": (("type",), ("operationalStatus",), ("requestedMessage",), ("eventType",)),
    "key": (("key",),),
    "value": (("value",),),
    "message": (("messageId",),),
    "reservation": (("reservationId",), ("id",)),
    "url": (("location",), ("firmware", "location"), ("log", "remoteLocation")),
    "version": (("listVersion",), ("versionNumber",)),
    "profile": (("csChargingProfiles", "chargingProfileId"), ("chargingProfile", "id")),
}
# groups of the catalogue that translate a value, beyond those named like it
_GROUPS: Final = {
    "status": "wire.status",
    "error": "wire.error",
    "reason": "wire.reason",
    "trigger": "wire.trigger",
    "charging_state": "wire.charging_state",
    "kind": "wire.kind",
}
_HIDDEN: Final = "••••"
_NOTHING_WRONG: Final = frozenset({"NoError", ""})


def words_of_message(message: MessageView, language: Language) -> str:
    texts = catalogue(language)
    call = Payload(message.call)
    head = texts.text(_key(texts, message.action, call), **_said(texts, call))
    end = _end(texts, message)
    return f"{head} – {end}" if end else head


def _key(texts: Catalogue, action: str, call: Payload) -> str:
    """The most telling text there is: some actions have one for each kind of content."""
    evse = _first(call, "evse")
    variant = call.text("eventType") or ("whole" if evse in {"", "0"} else "other")
    keys = (f"messages.{action}{end}" for end in (f".{variant}", "", ".other"))
    return next((key for key in keys if texts.has(key)), action)


def _said(texts: Catalogue, call: Payload) -> dict[str, str]:
    said: dict[str, str] = {}
    for name in _PLACES:
        found = _first(call, name)
        group = _GROUPS.get(name)
        said[name] = texts.word(group, found) if group and found else found
    if call.text("errorCode") in _NOTHING_WRONG:
        said["error"] = ""
    if call.text("idToken", "type") == "KeyCode":
        said["token"] = _HIDDEN  # it opens doors: shown only to who asks for the text itself
    for name, field in (("start", "meterStart"), ("stop", "meterStop")):
        register_wh = call.number(field)
        said[name] = "" if register_wh is None else _energy(texts, register_wh)
    said["meter"] = words_of_meter(texts, call)
    return said


def _first(call: Payload, name: str) -> str:
    return next((text for place in _PLACES[name] if (text := call.text(*place))), "")


def _energy(texts: Catalogue, energy_wh: float) -> str:
    return texts.number(energy_wh / 1000, 3) + "\u00a0kWh"


def _end(texts: Catalogue, message: MessageView) -> str:
    """How it ended: the station's or our answer, an error, or none."""
    if message.answered == "none":
        return texts.text("messages.no_answer")
    answer = Payload(message.answer)
    if message.answered == "error":
        code, detail = answer.text("code"), answer.text("description")
        return texts.text("messages.error", code=code, detail=detail)
    status = next(
        (
            text
            for place in (("idTagInfo", "status"), ("idTokenInfo", "status"), ("status",))
            if (text := answer.text(*place))
        ),
        "",
    )
    return texts.text(
        "messages.end",
        answer=texts.word("wire.answer", status) if status else "",
        transaction=answer.text("transactionId"),
        version=answer.text("listVersion"),
        info=answer.text("statusInfo", "additionalInfo"),
    )
