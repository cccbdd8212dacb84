"""Every version's spelling is understood, and each version hears its own."""

import pytest

from ogniwo.ocpp.faults import CODES_2X, CODES_16, Fault, fault_from_wire

# OCPP-J 1.6 table 7 and OCPP-J 2.0.1 part 4 section 4.3, typed off by hand.
SPELT_16 = [
    "NotImplemented",
    "NotSupported",
    "InternalError",
    "ProtocolError",
    "SecurityError",
    "FormationViolation",
    "PropertyConstraintViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "GenericError",
]
SPELT_2X = [
    "FormatViolation",
    "GenericError",
    "InternalError",
    "MessageTypeNotSupported",
    "NotImplemented",
    "NotSupported",
    "OccurrenceConstraintViolation",
    "PropertyConstraintViolation",
    "ProtocolError",
    "RpcFrameworkError",
    "SecurityError",
    "TypeConstraintViolation",
]


def test_each_version_is_told_in_its_own_words_and_no_others() -> None:
    assert set(CODES_16.values()) == set(SPELT_16)
    assert set(CODES_2X.values()) == set(SPELT_2X)
    assert set(CODES_16) == set(CODES_2X) == set(Fault)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("FormationViolation", Fault.FORMAT),
        ("FormatViolation", Fault.FORMAT),
        ("OccurenceConstraintViolation", Fault.OCCURRENCE),
        ("OccurrenceConstraintViolation", Fault.OCCURRENCE),
        ("occurrenceconstraintviolation", Fault.OCCURRENCE),
        (" NotSupported ", Fault.NOT_SUPPORTED),
        ("RpcFrameworkError", Fault.RPC),
        ("ComputerSaysNo", Fault.GENERIC),
        ("", Fault.GENERIC),
    ],
)
def test_every_spelling_means_the_same_on_receive(code: str, fault: Fault) -> None:
    assert fault_from_wire(code) is fault
