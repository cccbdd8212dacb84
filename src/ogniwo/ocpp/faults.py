"""Why a message is refused, in no version's spelling, and how each version writes it.

The neutral value is what we store. Two names are misspelt in 1.6 and stay so on the wire for
ever (errata); every spelling of every version is understood on receive.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Fault(StrEnum):
    NOT_IMPLEMENTED = "NotImplemented"  # the action is unknown
    NOT_SUPPORTED = "NotSupported"  # the action is known, but not here or not this way round
    INTERNAL = "InternalError"
    PROTOCOL = "ProtocolError"  # the payload is incomplete
    SECURITY = "SecurityError"
    FORMAT = "FormatViolation"  # the payload is not built as it should be
    PROPERTY = "PropertyConstraintViolation"  # a value outside its set or length
    OCCURRENCE = "OccurrenceConstraintViolation"  # too few or too many of something
    TYPE = "TypeConstraintViolation"  # the wrong JSON type
    GENERIC = "GenericError"
    MESSAGE_TYPE = "MessageTypeNotSupported"
    RPC = "RpcFrameworkError"  # the envelope itself is broken


Codes = Mapping[Fault, str]

CODES_2X: Final[Codes] = MappingProxyType({fault: fault.value for fault in Fault})

CODES_16: Final[Codes] = MappingProxyType(
    dict(CODES_2X)
    | {
        Fault.FORMAT: "FormationViolation",
        Fault.OCCURRENCE: "OccurenceConstraintViolation",
        # 1.6 has no word for these two; the nearest it has.
        Fault.MESSAGE_TYPE: "NotSupported",
        Fault.RPC: "FormationViolation",
    }
)

_MEANINGS: Final = {fault.value.casefold(): fault for fault in Fault} | {
    "formationviolation": Fault.FORMAT,
    "occurenceconstraintviolation": Fault.OCCURRENCE,
}


def fault_from_wire(code: str) -> Fault:
    """What a station meant; a code nobody defined is a generic error."""
    return _MEANINGS.get(code.strip().casefold(), Fault.GENERIC)
