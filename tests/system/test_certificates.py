"""A and M. Certificates that stations trust, those of their own, and questions about others'."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.ocpp.pem import a_certificate, a_request
from tests.system.server import Server, api_of
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import KINDS, KINDS_2X, a_name

HASHES = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "ab" * 32,
    "issuer_key_hash": "cd" * 32,
    "serial_number": "0A1B",
}
ON_WIRE: dict[type[Station], str] = {Station16: "CentralSystemRootCertificate"}


@pytest.mark.covers("InstallCertificate", "DeleteCertificate")
@pytest.mark.parametrize("kind", KINDS)
async def test_an_installed_root_is_on_file_until_it_is_removed(
    server: Server, kind: type[Station]
) -> None:
    name, pem = a_name(kind), a_certificate("Root", 0xA1B)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        for action in ("InstallCertificate", "DeleteCertificate"):
            station.answers[action] = {"status": "Accepted"}
        await api.order(name, "install_certificate", use="csms_root", certificate=pem, wait_s=5)
        installed = await station.ordered("InstallCertificate")
        kept = await api.only_holding(name, "certificate")
        await api.order(name, "delete_certificate", use="csms_root", **HASHES, wait_s=5)
        deleted = await station.ordered("DeleteCertificate")
        left = await api.all(f"/stations/{name}/holdings", kind="certificate")

    assert installed == {
        "certificate_type": ON_WIRE.get(kind, "CSMSRootCertificate"),
        "certificate": pem,
    }
    assert (kept["key"], kept["state"]) == ("csms_root/a1b", "installed")
    assert "CN=Root" in kept["value"]
    assert kept["data"]["valid_until"].startswith("2028-01-01")
    assert deleted == {"certificate_hash_data": HASHES}
    assert left == []


async def test_what_is_no_certificate_is_sent_to_nobody(server: Server) -> None:
    name = a_name(Station201)
    async with api_of(server) as api, connected(Station201, server.url(name), name):
        body = {"command": "install_certificate", "use": "csms_root", "certificate": "PEM"}
        refused = await api.client.post(f"/stations/{name}/commands", json=body)

    assert refused.status_code == 400
    assert "BEGIN CERTIFICATE" in refused.json()["detail"]


@pytest.mark.covers("GetInstalledCertificateIds")
@pytest.mark.parametrize("kind", KINDS)
async def test_the_certificates_of_a_station_are_listed(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        found: dict[str, Any]
        if kind is Station16:
            found = {"certificate_hash_data": [HASHES]}
        else:
            chain = {"certificate_type": "CSMSRootCertificate", "certificate_hash_data": HASHES}
            found = {"certificate_hash_data_chain": [chain]}
        station.answers["GetInstalledCertificateIds"] = {"status": "Accepted", **found}
        await api.order(name, "get_certificates", use="csms_root", wait_s=5)
        told = await station.ordered("GetInstalledCertificateIds")
        kept = await api.only_holding(name, "certificate")
        station.answers["GetInstalledCertificateIds"] = {"status": "NotFound"}
        none = await api.order(name, "get_certificates", use="manufacturer_root", wait_s=5)

    wanted = ON_WIRE.get(kind, "CSMSRootCertificate")
    assert told == {"certificate_type": wanted if kind is Station16 else [wanted]}
    assert (kept["key"], kept["data"]) == ("csms_root/a1b", HASHES)
    assert (none["state"], none["result"]) == ("accepted", "NotFound")


@pytest.mark.covers("SignCertificate", "CertificateSigned")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_request_waits_on_file_until_the_signed_certificate_is_sent(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    csr, signed = a_request(name), a_certificate(name, 7)
    number: dict[str, Any] = {"request_id": 77} if kind is Station21 else {}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["CertificateSigned"] = {"status": "Accepted"}
        answer = await station.call("SignCertificate", csr=csr, **number)
        waiting = await api.only_holding(name, "certificate_request")
        asked = waiting["data"]["request"]
        more = {} if asked is None else {"request": asked}
        await api.order(name, "send_signed_certificate", chain=signed, wait_s=5, **more)
        told = await station.ordered("CertificateSigned")
        sent = await api.only_holding(name, "certificate_request")
        own = await api.only_holding(name, "certificate")

    assert answer.status == "Accepted"
    assert (waiting["key"], waiting["state"], waiting["value"]) == ("station", "waiting", csr)
    assert (waiting["data"]["common_name"], waiting["data"]["key"]) == (name, "EC 256")
    assert told["certificate_chain"] == signed
    assert told.get("request_id") == (77 if kind is Station21 else None)
    assert (sent["state"], own["key"]) == ("signed", "station/7")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_request_that_nobody_could_sign_is_refused(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    weak = a_request(name, rsa.generate_private_key(public_exponent=65_537, key_size=1_024))
    broken = a_request(name)[:-60] + "\n-----END CERTIFICATE REQUEST-----\n"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        answers = [await station.call("SignCertificate", csr=it) for it in (broken, weak)]
        kept = await api.only_holding(name, "certificate_request")

    assert [it.status for it in answers] == ["Rejected", "Rejected"]
    assert (kept["state"], kept["value"]) == ("refused", weak)
    assert "RSA 1024" in kept["data"]["refused"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_triggered_request_is_seen_when_it_comes(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["ExtendedTriggerMessage"] = {"status": "Accepted"}
        order = await api.order(name, "trigger", message="sign_station_certificate")
        await station.orders.get()
        await station.call("SignCertificate", csr=a_request(name))
        ended = await api.get(f"/commands/{order['id']}")

    assert ended["state"] == "applied"


@pytest.mark.covers("GetCertificateStatus", "Get15118EVCertificate")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_what_nobody_can_answer_yet_is_answered_as_failed_and_recorded(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    # the package writes this name in two ways
    schema_version = "iso15118_schema_version"
    if kind is Station21:
        schema_version = "iso_15118_schema_version"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        revoked = await station.call(
            "GetCertificateStatus",
            ocsp_request_data={**HASHES, "responder_url": "http://ocsp.example"},
        )
        contract = await station.call(
            "Get15118EVCertificate",
            **{schema_version: "urn:iso:15118:2:2013:MsgDef"},
            action="Install",
            exi_request="AAAA",
        )
        events = (await api.get("/event-log", limit=50))["items"]

    assert (revoked.status, contract.status) == ("Failed", "Failed")
    assert "no service" in contract.status_info["additional_info"]
    told = [
        it["data"]["summary"]
        for it in events
        if it["station_id"] == name and "action" in it["data"]
    ]
    assert any("0A1B" in it for it in told)
    assert any("contract" in it for it in told)


@pytest.mark.covers("GetCertificateChainStatus", versions=("ocpp2.1",))
async def test_the_status_of_a_chain_is_answered_as_failed_one_by_one(server: Server) -> None:
    name = a_name(Station21)
    asked = {"certificate_hash_data": HASHES, "source": "OCSP", "urls": ["http://ocsp.example"]}
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        answer = await station.call(
            "GetCertificateChainStatus", certificate_status_requests=[asked, asked]
        )
        events = (await api.get("/event-log", limit=50))["items"]

    assert [it["status"] for it in answer.certificate_status] == ["Failed", "Failed"]
    assert answer.certificate_status[0]["certificate_hash_data"] == HASHES
    told = [it["data"] for it in events if it["station_id"] == name]
    assert any(it.get("action") == "GetCertificateChainStatus" for it in told)
