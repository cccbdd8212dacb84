"""The few hand-written types that the generated ``schema.py`` files are made of.

Owns the base of every message struct, custom data, and the description of one message. It leaves
reading and writing of text to ``ogniwo.ocpp.codec``, and the messages themselves to the generator
(``tools/generate_schemas.py``).

A decoder of these structs needs ``dec_hook=read_custom``: 2.x messages may carry custom data.
"""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

Direction = Literal["up", "down", "both"]  # up: the station asks; down: we ask
Kind = Literal["call", "send"]  # a SEND (2.1) has no answer

# The official schemas do not bound integers. Everything behind us stores 64 bits at most.
INTEGER_MIN: Final = -(2**63)
INTEGER_MAX: Final = 2**63 - 1

VENDOR_ID_LENGTH_MAX: Final = 255


class Payload(
    Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,  # safe: a frozen tree of decoded JSON cannot refer to itself
):
    """Base of every object in a message; an optional field that is absent is ``None``."""


class CustomDataType(dict[str, object]):
    """The one object that 2.x leaves open: a ``vendorId`` and whatever the vendor adds to it.

    A mapping with wire names, not a struct, so that nothing the vendor sent is lost.
    """

    @property
    def vendor_id(self) -> str:
        return str(self["vendorId"])


class Message(Struct, frozen=True):
    """What one version says about one action."""

    action: str
    direction: Direction
    kind: Kind
    request: type[Payload]
    response: type[Payload] | None  # None for a SEND
    block: str  # the functional block of 2.x, the feature profile of 1.6


Messages = Mapping[str, Message]


def read_custom(wanted: type, value: object) -> object:
    """Build the two types here that msgspec does not know (its ``dec_hook``).

    msgspec turns the errors raised here into a ``ValidationError`` that names the place.
    """
    if wanted is object:  # the ``data`` of a DataTransfer: any JSON
        return value
    if wanted is not CustomDataType:
        raise NotImplementedError(f"no reading for {wanted.__name__}")
    if not isinstance(value, dict):
        raise TypeError("Expected `object`")
    vendor_id = value.get("vendorId")
    if vendor_id is None:
        raise ValueError("Object missing required field `vendorId`")
    if not isinstance(vendor_id, str):
        raise TypeError("Expected `str` as `vendorId`")
    if len(vendor_id) > VENDOR_ID_LENGTH_MAX:
        raise ValueError(f"Expected `str` of length <= {VENDOR_ID_LENGTH_MAX} as `vendorId`")
    return CustomDataType(value)
