"""Block M with somebody outside who answers: an OCSP responder and a pool of contracts."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from tests.ocpp.pem import BEGIN, YEARS_2, a_subject
from tests.system.certification.test_2x_sessions import both, case, for_2x
from tests.system.server import Server, api_of
from tests.system.station import Fields, connected
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import a_name

HOST = "127.0.0.1"
GOOD, REVOKED, STRANGE = 0xA1, 0xB2, 0xC3
ISO_2 = "urn:iso:15118:2:2013:MsgDef"
ISO_20 = "urn:iso:std:iso:15118:-20:CommonMessages"
NO_CONTRACT = base64.b64encode(b"a car that nobody knows").decode()


@dataclass
class Authority:
    """Its certificates are judged by itself."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def certificate(self, serial: int, name: str = "car") -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(a_subject(name))
            .issuer_name(a_subject("MO"))
            .public_key(self.key.public_key())
            .serial_number(serial)
            .not_valid_before(BEGIN)
            .not_valid_after(BEGIN + YEARS_2)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def root(self) -> x509.Certificate:
        return self.certificate(1, "MO")

    def question(self, serial: int) -> Fields:
        asked = (
            ocsp.OCSPRequestBuilder()
            .add_certificate(self.certificate(serial), self.root, hashes.SHA256())
            .build()
        )
        return {
            "hash_algorithm": "SHA256",
            "issuer_name_hash": asked.issuer_name_hash.hex(),
            "issuer_key_hash": asked.issuer_key_hash.hex(),
            "serial_number": f"{serial:x}",
        }

    def judge(self, request: bytes) -> bytes:
        asked = ocsp.load_der_ocsp_request(request)
        revoked = asked.serial_number == REVOKED
        serial = GOOD if asked.serial_number == STRANGE else asked.serial_number
        status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
        answer = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                asked.issuer_name_hash,
                asked.issuer_key_hash,
                serial,
                hashes.SHA256(),
                status,
                BEGIN,
                BEGIN + YEARS_2,
                BEGIN if revoked else None,
                x509.ReasonFlags.key_compromise if revoked else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.NAME, self.root)
            .sign(self.key, hashes.SHA256())
        )
        return answer.public_bytes(serialization.Encoding.DER)


class Outside(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__((HOST, 0), Answers)
        self.authority = Authority()
        self.asked: list[tuple[str | None, Any]] = []

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Outside

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/ocsp":
            self._say(self.server.authority.judge(body))
        else:
            told = json.loads(body)
            self.server.asked.append((self.headers["Authorization"], told))
            car = told["certificateInstallationReq"]
            message = {"certificateInstallationRes": f"{car}+", "emaid": "PLVLTC00000001"}
            content = [] if car == NO_CONTRACT else [{"messageDef": message}]
            self._say(json.dumps({"CCPResponse": {"emaidContent": content}}).encode())

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    with Outside() as services:
        threading.Thread(target=services.serve_forever, daemon=True).start()
        yield services
        services.shutdown()


@pytest.fixture(scope="module")
def server(outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that may ask them."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "token").write_text("pool-secret\n")
    config = folder / "ogniwo.toml"
    config.write_text(
        f'ocsp_responders = "{HOST}"\ncontract_pool = "{outside.url}/"\n'
        f'contract_pool_token_file = "{folder / "token"}"\n'
    )
    one = Server(folder / "data", "--config", str(config))
    one.start()
    try:
        yield one
        one.stop()
    finally:
        one.kill()


@for_2x("TC_M_24_CSMS")
@both
async def test_a_responder_s_word_on_a_certificate_is_handed_on(
    server: Server, outside: Outside, kind: type[Station201]
) -> None:
    name, ask = a_name(kind), outside.authority.question
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        answers = [
            await station.call(
                "GetCertificateStatus",
                ocsp_request_data={**ask(serial), "responder_url": f"{outside.url}/ocsp"},
            )
            for serial in (GOOD, REVOKED, STRANGE)
        ]
        elsewhere = await station.call(
            "GetCertificateStatus",
            ocsp_request_data={**ask(GOOD), "responder_url": "http://localhost:1/ocsp"},
        )
        kept = await api.all("/messages", station_id=name, action="GetCertificateStatus")

    told = [ocsp.load_der_ocsp_response(base64.b64decode(it.ocsp_result)) for it in answers[:2]]
    assert [it.status for it in answers] == ["Accepted", "Accepted", "Failed"]
    assert [it.certificate_status.name for it in told] == ["GOOD", "REVOKED"]
    assert [it.serial_number for it in told] == [GOOD, REVOKED]
    assert "another certificate" in answers[2].status_info["additional_info"]
    assert elsewhere.status == "Failed"
    assert "localhost may not be asked" in elsewhere.status_info["additional_info"]
    assert len(kept) == 4


@pytest.mark.parametrize(
    "action",
    [
        pytest.param("Install", marks=for_2x("TC_M_26_CSMS")),
        pytest.param("Update", marks=for_2x("TC_M_28_CSMS")),
    ],
)
@both
async def test_a_car_s_contract_comes_from_the_pool(
    server: Server, outside: Outside, kind: type[Station201], action: str
) -> None:
    name = a_name(kind)
    car = base64.b64encode(name.encode()).decode()
    # the package writes this name in two ways
    version = "iso_15118_schema_version" if kind is Station21 else "iso15118_schema_version"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        given, refused = [
            await station.call(
                "Get15118EVCertificate", action=action, exi_request=it, **{version: ISO_2}
            )
            for it in (car, NO_CONTRACT)
        ]
        events = (await api.get("/event-log", limit=50))["items"]

    asked = {"certificateInstallationReq": car, "xsdMsgDefNamespace": ISO_2}
    assert ("Bearer pool-secret", asked) in outside.asked
    assert (given.status, given.exi_response) == ("Accepted", f"{car}+")
    assert refused.status == "Failed"
    assert "no contract for this car" in refused.status_info["additional_info"]
    told = [it["data"].get("summary", "") for it in events if it["station_id"] == name]
    assert f"a car wants its contract ({action.lower()}): answered" in told


@case("2.1", "TC_M_100_CSMS")
async def test_a_contract_of_15118_20_comes_from_the_pool_too(
    server: Server, outside: Outside
) -> None:
    name = a_name(Station21)
    car = base64.b64encode(name.encode()).decode()
    async with connected(Station21, server.url(name), name) as station:
        given = await station.call(
            "Get15118EVCertificate",
            action="Install",
            exi_request=car,
            iso_15118_schema_version=ISO_20,
            maximum_contract_certificate_chains=1,
        )

    asked = {"certificateInstallationReq": car, "xsdMsgDefNamespace": ISO_20}
    assert ("Bearer pool-secret", asked) in outside.asked
    assert (given.status, given.exi_response) == ("Accepted", f"{car}+")


@pytest.mark.covers("GetCertificateChainStatus", versions=("ocpp2.1",))
async def test_each_certificate_of_a_chain_is_judged(server: Server, outside: Outside) -> None:
    name = a_name(Station21)
    asked = [
        {
            "certificate_hash_data": outside.authority.question(serial),
            "source": source,
            "urls": [f"{outside.url}/ocsp"],
        }
        for serial, source in ((GOOD, "OCSP"), (REVOKED, "OCSP"), (STRANGE, "OCSP"), (GOOD, "CRL"))
    ]
    async with connected(Station21, server.url(name), name) as station:
        answer = await station.call("GetCertificateChainStatus", certificate_status_requests=asked)

    told = answer.certificate_status
    assert [it["status"] for it in told] == ["Good", "Revoked", "Failed", "Failed"]
    assert [it["certificate_hash_data"] for it in told] == [
        it["certificate_hash_data"] for it in asked
    ]
    assert told[0]["next_update"].startswith(f"{BEGIN + YEARS_2:%Y-%m-%d}")
