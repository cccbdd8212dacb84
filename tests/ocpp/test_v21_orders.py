"""What 2.1 says beyond 2.0.1; the rest is tested with 2.0.1 for both."""

import pytest

from ogniwo.domain.access import IdToken
from ogniwo.domain.commands import Reply
from ogniwo.domain.orders import (
    CertificateUse,
    ChangeAvailability,
    GetLog,
    InstallCertificate,
    LogKind,
    PublishFirmware,
    RemoteStart,
    RemoteStop,
    Reset,
    ResetKind,
    Trigger,
    TriggerMessage,
    Unlock,
)
from tests.domain.world import Answer, StationUnderTest, World
from tests.ocpp.pem import a_certificate

INFO = b'"statusInfo":{"reasonCode":"Busy","additionalInfo":"later"}'


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (ResetKind.SOFT, "Immediate"),
        (ResetKind.HARD, "Immediate"),
        (ResetKind.IMMEDIATE, "Immediate"),
        (ResetKind.ON_IDLE, "OnIdle"),
        (ResetKind.IMMEDIATE_AND_RESUME, "ImmediateAndResume"),
    ],
)
def test_a_reset_of_every_kind_is_possible(kind: ResetKind, word: str) -> None:
    station = StationUnderTest(World(), "ocpp2.1")
    assert station.outgoing(Reset(kind=kind)) == ("Reset", {"type": word})
    assert station.outgoing(Reset(kind=kind, evse=3))[1] == {"type": word, "evseId": 3}


@pytest.mark.parametrize(
    ("order", "action", "word"),
    [
        (Reset(), "Reset", "Rejected"),
        (RemoteStart(token=IdToken("A")), "RequestStartTransaction", "Rejected"),
        (RemoteStop(transaction_id="T"), "RequestStopTransaction", "Rejected"),
        (Unlock(evse=1), "UnlockConnector", "UnlockFailed"),
        (Trigger(message=TriggerMessage.HEARTBEAT), "TriggerMessage", "Rejected"),
        (ChangeAvailability(operative=True), "ChangeAvailability", "Rejected"),
    ],
)
def test_every_refusal_tells_its_reason(
    order: Reset | RemoteStart | RemoteStop | Unlock | Trigger | ChangeAvailability,
    action: str,
    word: str,
) -> None:
    version = StationUnderTest(World(), "ocpp2.1").version
    raw = b'{"status":"%b",%b}' % (word.encode(), INFO)
    outcome = version.to_outcome(order, action, raw)
    assert (outcome.reply, outcome.result, outcome.reason) == (Reply.REJECTED, word, "Busy: later")


def test_a_stream_of_values_is_taken_without_an_answer() -> None:
    station = StationUnderTest(World(), "ocpp2.1")
    stream: Answer = {
        "id": 1,
        "pending": 0,
        "basetime": station.world.at(0),
        "data": [{"t": 0, "v": "230.1"}],
    }
    station.send("NotifyPeriodicEventStream", stream)
    assert len(station.latest) == 1


LONG = "https://files.example/" + "f" * 1_500


@pytest.mark.parametrize(
    ("order", "field", "told"),
    [
        (GetLog(kind=LogKind.DATA_COLLECTOR, location=LONG), "logType", "DataCollectorLog"),
        (GetLog(location=LONG), "log", {"remoteLocation": LONG}),
        (PublishFirmware(location=LONG, checksum="0" * 32), "location", LONG),
        (
            InstallCertificate(use=CertificateUse.OEM_ROOT, certificate=a_certificate("OEM", 1)),
            "certificateType",
            "OEMRootCertificate",
        ),
    ],
)
def test_what_2_0_1_is_too_narrow_for_is_said_in_2_1(
    order: GetLog | PublishFirmware | InstallCertificate, field: str, told: object
) -> None:
    _, payload = StationUnderTest(World(), "ocpp2.1").outgoing(order)
    assert payload[field] == told
