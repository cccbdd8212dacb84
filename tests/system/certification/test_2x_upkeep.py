"""OCPP 2.0.1 and 2.1: firmware, certificates, logs and reservations, as the official cases play."""

from datetime import timedelta
from typing import Any

import pytest

from tests.ocpp.pem import a_certificate
from tests.system.certification.test_2x_orders import given
from tests.system.certification.test_2x_sessions import both, for_2x
from tests.system.server import Server, api_of
from tests.system.station import Fields, connected, now, text_of
from tests.system.station201 import Station201, card
from tests.system.versions import a_name, a_token

UPDATE: Fields = {
    "location": "https://files.example/f.bin",
    "signing_certificate": "PEM",
    "signature": "c2ln",
}


@pytest.mark.parametrize(
    ("course", "state"),
    [
        pytest.param(
            "Downloading Downloaded SignatureVerified Installing InstallRebooting Installed",
            "applied",
            marks=for_2x("TC_L_01_CSMS"),
        ),
        pytest.param(
            "Downloading Downloaded SignatureVerified InstallScheduled Installing Installed",
            "applied",
            marks=for_2x("TC_L_02_CSMS"),
        ),
        pytest.param(
            "DownloadScheduled Downloading Downloaded SignatureVerified Installing Installed",
            "applied",
            marks=for_2x("TC_L_03_CSMS"),
        ),
        pytest.param(
            "Downloading Downloaded InvalidSignature", "not_applied", marks=for_2x("TC_L_06_CSMS")
        ),
        pytest.param("Downloading DownloadFailed", "not_applied", marks=for_2x("TC_L_07_CSMS")),
        pytest.param(
            "Downloading Downloaded SignatureVerified Installing InstallVerificationFailed",
            "not_applied",
            marks=for_2x("TC_L_08_CSMS"),
        ),
        pytest.param(
            "Downloading Downloaded SignatureVerified Installing InstallationFailed",
            "not_applied",
            marks=for_2x("TC_L_09_CSMS"),
        ),
    ],
)
@both
async def test_a_signed_update_goes_its_course(
    server: Server, kind: type[Station201], course: str, state: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        order = await api.order(name, "update_firmware", **UPDATE)
        told = await station.ordered("UpdateFirmware")
        for status in course.split():
            await station.call(
                "FirmwareStatusNotification", status=status, request_id=told["request_id"]
            )
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "firmware")

    assert told["firmware"]["signing_certificate"] == "PEM"
    assert ended["state"] == state
    assert len(kept["data"]["course"]) == len(course.split())
    assert kept["command_id"] == order["id"]


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("RevokedCertificate", marks=for_2x("TC_L_04_CSMS")),
        pytest.param("InvalidCertificate", marks=for_2x("TC_L_05_CSMS")),
        pytest.param("Rejected", marks=for_2x("TC_L_11_CSMS")),
    ],
)
@both
async def test_an_update_that_is_not_taken(
    server: Server, kind: type[Station201], word: str
) -> None:
    command, _ = await given(
        server, kind, "UpdateFirmware", {"status": word}, "update_firmware", **UPDATE
    )
    assert (command["state"], command["result"]) == ("rejected", word)


@pytest.mark.parametrize(
    ("use", "word"),
    [
        pytest.param("csms_root", "CSMSRootCertificate", marks=for_2x("TC_M_12_CSMS")),
        pytest.param(
            "manufacturer_root", "ManufacturerRootCertificate", marks=for_2x("TC_M_13_CSMS")
        ),
        pytest.param("v2g_root", "V2GRootCertificate", marks=for_2x("TC_M_14_CSMS")),
        pytest.param("v2g_chain", "V2GCertificateChain", marks=for_2x("TC_M_15_CSMS")),
        pytest.param("mo_root", "MORootCertificate", marks=for_2x("TC_M_16_CSMS")),
        pytest.param(None, "CSMSRootCertificate", marks=for_2x("TC_M_18_CSMS")),
    ],
)
@both
async def test_certificates_that_are_listed_are_on_file(
    server: Server, kind: type[Station201], use: str | None, word: str
) -> None:
    name = a_name(kind)
    chain = {"certificate_type": word, "certificate_hash_data": HASHES}
    wanted: Fields = {} if use is None else {"use": use}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetInstalledCertificateIds"] = {
            "status": "Accepted",
            "certificate_hash_data_chain": [chain],
        }
        await api.order(name, "get_certificates", wait_s=5, **wanted)
        told = await station.ordered("GetInstalledCertificateIds")
        kept = await api.only_holding(name, "certificate")

    assert told == ({} if use is None else {"certificate_type": [word]})
    assert kept["key"] == f"{use or 'csms_root'}/a1b"


HASHES: Fields = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "ab" * 32,
    "issuer_key_hash": "cd" * 32,
    "serial_number": "0A1B",
}


@for_2x("TC_M_19_CSMS")
@both
async def test_no_certificate_of_a_kind(server: Server, kind: type[Station201]) -> None:
    command, _ = await given(
        server,
        kind,
        "GetInstalledCertificateIds",
        {"status": "NotFound"},
        "get_certificates",
        use="mo_root",
    )
    assert (command["state"], command["result"]) == ("accepted", "NotFound")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param("Accepted", "accepted", marks=for_2x("TC_M_20_CSMS")),
        pytest.param("Failed", "rejected", marks=for_2x("TC_M_21_CSMS")),
    ],
)
@both
async def test_a_certificate_is_deleted_or_not(
    server: Server, kind: type[Station201], answer: str, state: str
) -> None:
    fields = {"use": "csms_root", **HASHES}
    command, told = await given(
        server, kind, "DeleteCertificate", {"status": answer}, "delete_certificate", **fields
    )
    assert told == {"certificate_hash_data": HASHES}
    assert (command["state"], command["result"]) == (state, answer)


@pytest.mark.parametrize(
    ("fields", "wire"),
    [
        pytest.param({"evse": 1}, {"evse_id": 1}, marks=for_2x("TC_H_01_CSMS")),
        pytest.param({}, {}, marks=for_2x("TC_H_08_CSMS")),
        pytest.param(
            {"connector_type": "cType2"},
            {"connector_type": "cType2"},
            marks=for_2x("TC_H_15_CSMS"),
        ),
        pytest.param(
            {"evse": 1, "group": "FLEET"},
            {"evse_id": 1, "group_id_token": {"id_token": "FLEET", "type": "Central"}},
            marks=for_2x("TC_H_19_CSMS"),
        ),
    ],
)
@both
async def test_a_reservation_is_kept(
    server: Server, kind: type[Station201], fields: Fields, wire: Fields
) -> None:
    name, token, until = a_name(kind), a_token(), text_of(now() + timedelta(hours=1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(
            name, "reserve", token=token, expires_at=until, reservation=3, wait_s=5, **fields
        )
        told = await station.ordered("ReserveNow")
        kept = await api.only_holding(name, "reservation")

    assert told == {"id": 3, "expiry_date_time": until, "id_token": card(token), **wire}
    assert (kept["key"], kept["state"], kept["value"]) == ("3", "active", token)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        pytest.param("Expired", "expired", marks=for_2x("TC_H_07_CSMS")),
        pytest.param("Removed", "removed", marks=for_2x("TC_H_20_CSMS")),
    ],
)
@both
async def test_a_reservation_that_the_station_ends(
    server: Server, kind: type[Station201], word: str, state: str
) -> None:
    name, until = a_name(kind), text_of(now() + timedelta(hours=1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(
            name, "reserve", token=a_token(), evse=1, expires_at=until, reservation=4, wait_s=5
        )
        await station.call(
            "ReservationStatusUpdate", reservation_id=4, reservation_update_status=word
        )
        kept = await api.only_holding(name, "reservation")

    assert (kept["key"], kept["state"]) == ("4", state)


@for_2x("TC_H_17_CSMS")
@both
async def test_a_reservation_is_cancelled(server: Server, kind: type[Station201]) -> None:
    command, told = await given(
        server,
        kind,
        "CancelReservation",
        {"status": "Accepted"},
        "cancel_reservation",
        reservation=8,
    )
    assert told == {"reservation_id": 8}
    assert command["state"] == "accepted"


@pytest.mark.parametrize("answer", [pytest.param("Rejected", marks=for_2x("TC_H_22_CSMS"))])
@both
async def test_a_reservation_that_is_not_taken(
    server: Server, kind: type[Station201], answer: str
) -> None:
    fields: dict[str, Any] = {"token": a_token(), "evse": 1}
    until = text_of(now() + timedelta(hours=1))
    command, _ = await given(
        server, kind, "ReserveNow", {"status": answer}, "reserve", expires_at=until, **fields
    )
    assert (command["state"], command["result"]) == ("rejected", answer)


@pytest.mark.parametrize(
    ("use", "word"),
    [
        pytest.param("csms_root", "CSMSRootCertificate", marks=for_2x("TC_M_01_CSMS")),
        pytest.param(
            "manufacturer_root", "ManufacturerRootCertificate", marks=for_2x("TC_M_02_CSMS")
        ),
        pytest.param("v2g_root", "V2GRootCertificate", marks=for_2x("TC_M_03_CSMS")),
        pytest.param("mo_root", "MORootCertificate", marks=for_2x("TC_M_04_CSMS")),
    ],
)
@both
async def test_a_root_is_installed(
    server: Server, kind: type[Station201], use: str, word: str
) -> None:
    name, pem = a_name(kind), a_certificate("Root", 0xA1B)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "install_certificate", use=use, certificate=pem, wait_s=5)
        told = await station.ordered("InstallCertificate")
        kept = await api.only_holding(name, "certificate")

    assert told == {"certificate_type": word, "certificate": pem}
    assert (kept["key"], kept["state"]) == (f"{use}/a1b", "installed")


@for_2x("TC_M_05_CSMS")
@both
async def test_a_root_that_cannot_be_installed(server: Server, kind: type[Station201]) -> None:
    fields = {"use": "csms_root", "certificate": a_certificate("Root", 0xA1B)}
    command, _ = await given(
        server, kind, "InstallCertificate", {"status": "Failed"}, "install_certificate", **fields
    )
    assert (command["state"], command["result"]) == ("rejected", "Failed")


@pytest.mark.parametrize(
    ("log", "word"),
    [
        pytest.param("diagnostics", "DiagnosticsLog", marks=for_2x("TC_N_25_CSMS")),
        pytest.param("security", "SecurityLog", marks=for_2x("TC_N_35_CSMS")),
    ],
)
@both
async def test_a_log_is_fetched(
    server: Server, kind: type[Station201], log: str, word: str
) -> None:
    name, place = a_name(kind), "https://files.example/logs"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetLog"] = {"status": "Accepted", "filename": "log.zip"}
        order = await api.order(name, "get_log", kind=log, location=place)
        told = await station.ordered("GetLog")
        number = told["request_id"]
        for status in ("Uploading", "Uploaded"):
            await station.call("LogStatusNotification", status=status, request_id=number)
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "log")

    assert (told["log_type"], told["log"]["remote_location"]) == (word, place)
    assert (ended["state"], kept["state"], kept["value"]) == ("applied", "uploaded", "log.zip")


@for_2x("TC_N_34_CSMS")
@both
async def test_a_log_that_is_not_given(server: Server, kind: type[Station201]) -> None:
    command, _ = await given(
        server, kind, "GetLog", {"status": "Rejected"}, "get_log", location="https://files.example/"
    )
    assert (command["state"], command["result"]) == ("rejected", "Rejected")


@for_2x("TC_N_36_CSMS")
@both
async def test_a_second_request_ends_the_first(server: Server, kind: type[Station201]) -> None:
    name, place = a_name(kind), "https://files.example/logs"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        orders, numbers = [], []
        for answer in ("Accepted", "AcceptedCanceled"):
            station.answers["GetLog"] = {"status": answer}
            orders.append(await api.order(name, "get_log", location=place))
            numbers.append((await station.ordered("GetLog"))["request_id"])
        for number, status in zip(numbers, ("AcceptedCanceled", "Uploaded"), strict=True):
            await station.call("LogStatusNotification", status=status, request_id=number)
        ends = [(await api.get(f"/commands/{it['id']}"))["state"] for it in orders]

    assert numbers[0] != numbers[1]
    assert ends == ["not_applied", "applied"]


@pytest.mark.parametrize(
    ("course", "state"),
    [
        pytest.param("Downloading Downloaded Published", "applied", marks=for_2x("TC_L_17_CSMS")),
        pytest.param(
            "Downloading Downloaded InvalidChecksum", "not_applied", marks=for_2x("TC_L_19_CSMS")
        ),
        pytest.param(
            "Downloading Downloaded PublishFailed", "not_applied", marks=for_2x("TC_L_20_CSMS")
        ),
        pytest.param("Downloading DownloadFailed", "not_applied", marks=for_2x("TC_L_24_CSMS")),
    ],
)
@both
async def test_firmware_is_published_or_not(
    server: Server, kind: type[Station201], course: str, state: str
) -> None:
    name, checksum = a_name(kind), "0" * 32
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        order = await api.order(
            name, "publish_firmware", location="https://files.example/f", checksum=checksum
        )
        told = await station.ordered("PublishFirmware")
        for status in course.split():
            more: Fields = {"location": ["https://lc/f"]} if status == "Published" else {}
            await station.call(
                "PublishFirmwareStatusNotification",
                status=status,
                request_id=told["request_id"],
                **more,
            )
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "published_firmware")

    assert told["checksum"] == checksum
    assert ended["state"] == state
    assert kept["command_id"] == order["id"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param("Unpublished", "accepted", marks=for_2x("TC_L_21_CSMS")),
        pytest.param("NoFirmware", "rejected", marks=for_2x("TC_L_22_CSMS")),
        pytest.param("DownloadOngoing", "rejected", marks=for_2x("TC_L_23_CSMS")),
    ],
)
@both
async def test_firmware_is_withdrawn_or_not(
    server: Server, kind: type[Station201], answer: str, state: str
) -> None:
    command, told = await given(
        server,
        kind,
        "UnpublishFirmware",
        {"status": answer},
        "unpublish_firmware",
        checksum="0" * 32,
    )
    assert told == {"checksum": "0" * 32}
    assert (command["state"], command["result"]) == (state, answer)
