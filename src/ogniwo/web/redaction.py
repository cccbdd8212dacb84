"""A trace that may be shown to strangers: who and where is left out, and stays recognisable.

Each card, station, number and address is replaced by a name that is the same wherever it stands
in one export, and means nothing in another one. What is free text is left out where it can hold
anything, and searched for addresses elsewhere.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Final

NAME_LENGTH: Final = 8

# The name of a field, in small letters, to what it is.
_FIELDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("idtag", "parentidtag", "idtoken", "groupidtoken", "emaid"), "token"),
    **dict.fromkeys(("additionalidtoken", "macaddress"), "token"),
    **dict.fromkeys(("chargepointserialnumber", "chargeboxserialnumber"), "serial"),
    **dict.fromkeys(("serialnumber", "meterserialnumber", "iccid", "imsi"), "serial"),
    **dict.fromkeys(("location", "remotelocation", "ocppcsmsurl", "endpoint"), "address"),
    **dict.fromkeys(
        ("responderurl", "csmsurl", "url", "apn", "server", "requestorlocation"), "address"
    ),
    **dict.fromkeys(("apnusername", "user", "username", "identity"), "name"),
    **dict.fromkeys(("password", "apnpassword", "key", "preferredpassword"), "secret"),
    **dict.fromkeys(("customeridentifier", "vin", "evccid"), "customer"),
    **dict.fromkeys(
        ("certificate", "certificatechain", "csr", "exirequest", "exiresponse"), "file"
    ),
    **dict.fromkeys(("signingcertificate", "signature", "ocspresult", "issuernamehash"), "file"),
    **dict.fromkeys(("issuerkeyhash", "signedmeterdata", "publickey"), "file"),
    **dict.fromkeys(("data", "content"), "text"),  # of a vendor, or for a display: anything
}
# Names of variables whose values say who or where.
_TELLING: Final = re.compile(
    r"auth.*key|password|passwd|secret|url|uri|apn|ssid|identity|user|serial|iccid|imsi|address|host|server",
    re.IGNORECASE,
)
_IN_TEXT: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"']+"  # an address of whatever kind
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # of a person
    r"|\b(?:\d{1,3}\.){3}\d{1,3}\b"
    r"|\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"
    r"|\b(?:[0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f]{0,4}\b"
)


class Redactor:
    def __init__(self, key: bytes) -> None:
        """``key``: drawn for one export, and forgotten with it."""
        self._key = key

    def name(self, kind: str, value: str) -> str:
        if not value:
            return value
        digest = hmac.new(self._key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
        return f"{kind}-{digest[:NAME_LENGTH]}"

    def text(self, value: str, station: str) -> str:
        """Without addresses, and without the station's own name."""
        value = _IN_TEXT.sub(lambda found: self.name("address", found[0]), value)
        return value.replace(station, self.name("station", station)) if station else value

    def payload(self, value: object, station: str) -> object:
        if isinstance(value, dict):
            return self._object(value, station)
        if isinstance(value, list):
            return [self.payload(it, station) for it in value]
        return self.text(value, station) if isinstance(value, str) else value

    def _object(self, fields: Mapping[str, object], station: str) -> dict[str, object]:
        told = {name: self._field(name, value, station) for name, value in fields.items()}
        if "key" in fields:  # a variable of 1.6: its name is no secret, its value may be one
            told["key"] = fields["key"]
        for place in ("value", "attributeValue", "actualValue"):
            value = fields.get(place)
            if isinstance(value, str) and _TELLING.search(_variable_in(fields)):
                told[place] = self.name("value", value)
        return told

    def _field(self, name: str, value: object, station: str) -> object:
        kind = _FIELDS.get(name.lower())
        if kind is None or not isinstance(value, str):
            return self.payload(value, station)
        # 1.6 writes its cards in many ways; readers differ in case alone.
        return self.name(kind, value.upper() if kind == "token" else value)


def _variable_in(fields: Mapping[str, object]) -> str:
    """The name of the variable that an object of 1.6 or 2.x is about, or nothing."""
    variable = fields.get("variable")
    named = variable.get("name") if isinstance(variable, dict) else fields.get("key")
    return named if isinstance(named, str) else ""


def drawn(draw: Callable[[int], bytes]) -> Redactor:
    return Redactor(draw(32))
