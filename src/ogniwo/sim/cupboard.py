"""What a simulated station keeps because it was told to, and tells when it is asked.

Reservations, the local list, certificates: in the words of every version. Nobody is turned away
for a reservation, and no log or firmware really travels: the station says that it failed.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ogniwo.ocpp.v16 import schema as schema16
from ogniwo.ocpp.v201 import schema
from ogniwo.sim.link import Answer
from ogniwo.sim.outbox import Outgoing
from ogniwo.sim.station import Hearing, Station

LIST: Final = ("local_list", "list")


def answer(
    station: Station, action: str, then: Callable[[], None] | None = None, **fields: object
) -> Answer:
    """In the words of the station's version."""
    made: Any = station.speech.messages[action].response
    return Answer(made(**fields), then)


def says(station: Station, action: str, **fields: object) -> Callable[[], None]:
    made: Any = station.speech.messages[action].request
    return lambda: station.say([Outgoing(action, lambda: made(**fields))])


def reserve(station: Station, request: Any) -> Answer:
    v16 = isinstance(request, schema16.ReserveNowRequest)
    number = request.reservation_id if v16 else request.id
    place = request.connector_id if v16 else request.evse_id
    named = station.evse(place) if place else None
    if place and named is None:
        return answer(station, "ReserveNow", status="Rejected")
    choice = station.evses if named is None else [named]
    if all(evse.plugged or evse.transaction is not None for evse in choice):
        return answer(station, "ReserveNow", status="Occupied")
    token = request.id_tag if v16 else request.id_token.id_token
    station.kept["reservation", str(number)] = token
    return answer(station, "ReserveNow", status="Accepted")


def cancel_reservation(station: Station, request: Any) -> Answer:
    known = station.kept.pop(("reservation", str(request.reservation_id)), None)
    return answer(station, "CancelReservation", status="Rejected" if known is None else "Accepted")


def send_local_list(station: Station, request: Any) -> Answer:
    v16 = isinstance(request, schema16.SendLocalListRequest)
    version = request.list_version if v16 else request.version_number
    before = station.kept.get(LIST, 0)
    if version <= 0:
        return answer(station, "SendLocalList", status="Failed")
    if request.update_type == "Differential" and version <= before:
        return answer(station, "SendLocalList", status="VersionMismatch")
    station.kept[LIST] = version
    return answer(station, "SendLocalList", status="Accepted")


def local_list_version(station: Station, request: Any) -> Answer:
    v16 = isinstance(request, schema16.GetLocalListVersionRequest)
    name = "list_version" if v16 else "version_number"
    return answer(station, "GetLocalListVersion", **{name: station.kept.get(LIST, 0)})


def clear_cache(station: Station, request: Any) -> Answer:
    del request
    return answer(station, "ClearCache", status="Accepted")


def install_certificate(station: Station, request: Any) -> Answer:
    hashes = hashes_of(request.certificate)
    key = f"{request.certificate_type}/{hashes.serial_number}"
    station.kept["certificate", key] = hashes
    return answer(station, "InstallCertificate", status="Accepted")


def delete_certificate(station: Station, request: Any) -> Answer:
    """Known by its hashes, whatever it is for."""
    asked = request.certificate_hash_data
    wanted = (asked.issuer_name_hash, asked.issuer_key_hash, asked.serial_number)
    found = [
        key
        for key, it in station.kept.items()
        if key[0] == "certificate"
        and (it.issuer_name_hash, it.issuer_key_hash, it.serial_number) == wanted
    ]
    for key in found:
        del station.kept[key]
    return answer(station, "DeleteCertificate", status="Accepted" if found else "NotFound")


def list_certificates(station: Station, request: Any) -> Answer:
    v16 = isinstance(request, schema16.GetInstalledCertificateIdsRequest)
    uses = [request.certificate_type] if v16 else request.certificate_type
    found: list[tuple[Any, schema.CertificateHashDataType]] = [
        (key.partition("/")[0], it)
        for (kind, key), it in station.kept.items()
        if kind == "certificate" and (uses is None or key.partition("/")[0] in uses)
    ]
    if not found:
        return answer(station, "GetInstalledCertificateIds", status="NotFound")
    listed: dict[str, Any] = {"certificate_hash_data": [it for _, it in found]}
    if not v16:
        chains = [
            schema.CertificateHashDataChainType(certificate_type=use, certificate_hash_data=it)
            for use, it in found
        ]
        listed = {"certificate_hash_data_chain": chains}
    return answer(station, "GetInstalledCertificateIds", status="Accepted", **listed)


def get_log(station: Station, request: Any) -> Answer:
    fails = says(
        station, "LogStatusNotification", status="UploadFailure", request_id=request.request_id
    )
    return answer(station, "GetLog", fails, status="Accepted", filename="log.txt")


def get_diagnostics(station: Station, request: Any) -> Answer:
    del request
    fails = says(station, "DiagnosticsStatusNotification", status="UploadFailed")
    return answer(station, "GetDiagnostics", fails, file_name="log.txt")


def update_firmware(station: Station, request: Any) -> Answer:
    if isinstance(request, schema16.UpdateFirmwareRequest):
        fails = says(station, "FirmwareStatusNotification", status="DownloadFailed")
        return answer(station, "UpdateFirmware", fails)
    number = request.request_id
    fails = says(station, "FirmwareStatusNotification", status="DownloadFailed", request_id=number)
    return answer(station, "UpdateFirmware", fails, status="Accepted")


def signed_update(station: Station, request: Any) -> Answer:
    fails = says(
        station,
        "SignedFirmwareStatusNotification",
        status="DownloadFailed",
        request_id=request.request_id,
    )
    return answer(station, "SignedUpdateFirmware", fails, status="Accepted")


HEARINGS: Final[Mapping[str, Hearing]] = {
    "ReserveNow": reserve,
    "CancelReservation": cancel_reservation,
    "SendLocalList": send_local_list,
    "GetLocalListVersion": local_list_version,
    "ClearCache": clear_cache,
    "InstallCertificate": install_certificate,
    "DeleteCertificate": delete_certificate,
    "GetInstalledCertificateIds": list_certificates,
    "GetLog": get_log,
    "UpdateFirmware": update_firmware,
}
HEARINGS_16: Final[Mapping[str, Hearing]] = {
    **HEARINGS,
    "GetDiagnostics": get_diagnostics,
    "SignedUpdateFirmware": signed_update,
}


def hashes_of(pem: str) -> schema.CertificateHashDataType:
    """Of a root, which has issued itself. Both versions' structs are alike."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return schema.CertificateHashDataType(
        hash_algorithm="SHA256",
        issuer_name_hash=sha256(certificate.issuer.public_bytes()).hexdigest(),
        issuer_key_hash=sha256(key).hexdigest(),
        serial_number=f"{certificate.serial_number:x}",
    )
