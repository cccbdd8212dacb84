"""OCPP 1.6: firmware, logs, certificates and security events, as the official cases play them."""

import pytest

from tests.ocpp.pem import a_certificate, a_request
from tests.system.server import Server, api_of
from tests.system.station import connected, now, text_of
from tests.system.station16 import Station16
from tests.system.versions import a_name

case = pytest.mark.case
PLACE = "https://files.example/"
HASHES = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "ab" * 32,
    "issuer_key_hash": "cd" * 32,
    "serial_number": "0A1B",
}


@pytest.mark.parametrize(
    ("course", "end"),
    [
        pytest.param(
            ("Downloading", "Downloaded", "Installing", "Installed"),
            ("applied", "installed"),
            marks=case("1.6", "TC_044_1_CSMS"),
        ),
        pytest.param(
            ("Downloading", "DownloadFailed"),
            ("not_applied", "download_failed"),
            marks=case("1.6", "TC_044_2_CSMS"),
        ),
        pytest.param(
            ("Downloading", "Downloaded", "Installing", "InstallationFailed"),
            ("not_applied", "installation_failed"),
            marks=case("1.6", "TC_044_3_CSMS"),
        ),
    ],
)
async def test_an_update_goes_its_course(
    server: Server, course: tuple[str, ...], end: tuple[str, str]
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["UpdateFirmware"] = {}
        order = await api.order(name, "update_firmware", location=PLACE)
        told = await station.ordered("UpdateFirmware")
        for status in course:
            await station.call("FirmwareStatusNotification", status=status)
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "firmware")

    assert told["location"] == PLACE
    assert (ended["state"], kept["state"]) == end
    assert len(kept["data"]["course"]) == len(course)


@pytest.mark.parametrize(
    ("last", "end"),
    [
        pytest.param("Uploaded", ("applied", "uploaded"), marks=case("1.6", "TC_045_1_CSMS")),
        pytest.param(
            "UploadFailed", ("not_applied", "upload_failed"), marks=case("1.6", "TC_045_2_CSMS")
        ),
    ],
)
async def test_diagnostics_go_their_course(server: Server, last: str, end: tuple[str, str]) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetDiagnostics"] = {"file_name": "diag.zip"}
        order = await api.order(name, "get_log", location=PLACE)
        await station.ordered("GetDiagnostics")
        await station.call("DiagnosticsStatusNotification", status="Uploading")
        await station.call("DiagnosticsStatusNotification", status=last)
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "log")

    assert (ended["state"], kept["state"]) == end
    assert kept["value"] == "diag.zip"


@case("1.6", "TC_079_CSMS")
async def test_the_security_log_is_fetched(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetLog"] = {"status": "Accepted", "filename": "sec.log"}
        order = await api.order(name, "get_log", kind="security", location=PLACE)
        told = await station.ordered("GetLog")
        number = told["request_id"]
        for status in ("Uploading", "Uploaded"):
            await station.call("LogStatusNotification", status=status, request_id=number)
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "log")

    assert (told["log_type"], told["log"]["remote_location"]) == ("SecurityLog", PLACE)
    assert (ended["state"], kept["state"], kept["key"]) == ("applied", "uploaded", str(number))


@case("1.6", "TC_074_CSMS")
async def test_the_station_s_certificate_is_renewed_on_request(server: Server) -> None:
    name = a_name(Station16)
    csr, signed = a_request(name), a_certificate(name, 9)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        for action in ("ExtendedTriggerMessage", "CertificateSigned"):
            station.answers[action] = {"status": "Accepted"}
        order = await api.order(name, "trigger", message="sign_station_certificate")
        asked = await station.ordered("ExtendedTriggerMessage")
        answer = await station.call("SignCertificate", csr=csr)
        triggered = await api.get(f"/commands/{order['id']}")
        await api.order(name, "send_signed_certificate", chain=signed, wait_s=5)
        told = await station.ordered("CertificateSigned")
        request = await api.only_holding(name, "certificate_request")

    assert asked == {"requested_message": "SignChargePointCertificate"}
    assert (answer.status, triggered["state"]) == ("Accepted", "applied")
    assert told == {"certificate_chain": signed}
    assert (request["state"], request["value"]) == ("signed", csr)


@pytest.mark.parametrize(
    ("use", "word"),
    [
        pytest.param(
            "manufacturer_root",
            "ManufacturerRootCertificate",
            marks=case("1.6", "TC_075_1_CSMS"),
        ),
        pytest.param(
            "csms_root", "CentralSystemRootCertificate", marks=case("1.6", "TC_075_2_CSMS")
        ),
    ],
)
async def test_a_root_certificate_is_installed(server: Server, use: str, word: str) -> None:
    name, pem = a_name(Station16), a_certificate("Root", 0xA1B)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["InstallCertificate"] = {"status": "Accepted"}
        await api.order(name, "install_certificate", use=use, certificate=pem, wait_s=5)
        told = await station.ordered("InstallCertificate")
        kept = await api.only_holding(name, "certificate")

    assert told == {"certificate_type": word, "certificate": pem}
    assert (kept["key"], kept["state"]) == (f"{use}/a1b", "installed")


@case("1.6", "TC_076_CSMS")
async def test_a_certificate_is_looked_up_and_removed(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetInstalledCertificateIds"] = {
            "status": "Accepted",
            "certificate_hash_data": [HASHES],
        }
        station.answers["DeleteCertificate"] = {"status": "Accepted"}
        await api.order(name, "get_certificates", use="csms_root", wait_s=5)
        await station.ordered("GetInstalledCertificateIds")
        listed = await api.only_holding(name, "certificate")
        await api.order(name, "delete_certificate", use="csms_root", **HASHES, wait_s=5)
        told = await station.ordered("DeleteCertificate")
        left = await api.all(f"/stations/{name}/holdings", kind="certificate")

    assert listed["key"] == "csms_root/a1b"
    assert told == {"certificate_hash_data": HASHES}
    assert left == []


@pytest.mark.parametrize(
    ("its_type", "ours"),
    [
        pytest.param(
            "InvalidChargePointCertificate",
            "InvalidChargingStationCertificate",
            marks=case("1.6", "TC_077_CSMS"),
        ),
        pytest.param(
            "InvalidCentralSystemCertificate",
            "InvalidCsmsCertificate",
            marks=case("1.6", "TC_078_CSMS"),
        ),
    ],
)
async def test_a_certificate_that_is_not_believed_is_a_security_event(
    server: Server, its_type: str, ours: str
) -> None:
    name, at = a_name(Station16), text_of(now())
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await station.call("SecurityEventNotification", type=its_type, timestamp=at, tech_info=None)
        kept = await api.only_holding(name, "security_event")

    assert kept["key"] == ours


@pytest.mark.parametrize(
    ("course", "end"),
    [
        pytest.param(
            ("Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed"),
            ("applied", "installed"),
            marks=case("1.6", "TC_080_CSMS"),
        ),
        pytest.param(
            ("Downloading", "Downloaded", "InvalidSignature"),
            ("not_applied", "invalid_signature"),
            marks=case("1.6", "TC_081_CSMS"),
        ),
    ],
)
async def test_a_signed_update_goes_its_course(
    server: Server, course: tuple[str, ...], end: tuple[str, str]
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["SignedUpdateFirmware"] = {"status": "Accepted"}
        order = await api.order(
            name, "update_firmware", location=PLACE, signing_certificate="PEM", signature="c2ln"
        )
        told = await station.ordered("SignedUpdateFirmware")
        for status in course:
            await station.call(
                "SignedFirmwareStatusNotification", status=status, request_id=told["request_id"]
            )
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "firmware")

    assert told["firmware"]["signing_certificate"] == "PEM"
    assert (ended["state"], kept["state"]) == end
