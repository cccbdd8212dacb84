"""Why a connection was refused: one code for programs, one status for the station, one sentence
for people. The sentences are English; translations are keyed by the same code.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class RefusalReason(StrEnum):
    BAD_HTTP = "bad_http"
    NO_PROXY_HEADER = "no_proxy_header"
    NOT_WEBSOCKET = "not_websocket"
    BROKEN_UPGRADE = "broken_upgrade"
    NO_IDENTITY = "no_identity"
    UNACCEPTABLE_IDENTITY = "unacceptable_identity"
    UNKNOWN_STATION = "unknown_station"
    CREDENTIALS_MISSING = "credentials_missing"
    CREDENTIALS_UNREADABLE = "credentials_unreadable"
    CREDENTIALS_OF_ANOTHER = "credentials_of_another"
    WRONG_SECRET = "wrong_secret"
    NO_SECRET_ON_FILE = "no_secret_on_file"
    SECURITY_PROFILE = "security_profile"
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_OF_ANOTHER = "certificate_of_another"
    STATION_BLOCKED = "station_blocked"
    NO_SUBPROTOCOL = "no_subprotocol"
    NO_COMMON_SUBPROTOCOL = "no_common_subprotocol"
    NOT_READY = "not_ready"
    TOO_MANY_HANDSHAKES = "too_many_handshakes"
    TOO_MANY_LINKS = "too_many_links"
    TLS_FAILED = "tls_failed"


@dataclass(frozen=True, slots=True)
class Explanation:
    status: int  # of the HTTP answer; 0 where the connection ended before HTTP began
    sentence: str


_R = RefusalReason

EXPLANATIONS: Final[dict[RefusalReason, Explanation]] = {
    _R.BAD_HTTP: Explanation(400, "What the client sent is not an HTTP request."),
    _R.NO_PROXY_HEADER: Explanation(
        400, "This server expects a PROXY protocol header from the proxy, and got none."
    ),
    _R.NOT_WEBSOCKET: Explanation(
        426, "The request did not ask for a WebSocket; stations connect with ws:// or wss://."
    ),
    _R.BROKEN_UPGRADE: Explanation(400, "The WebSocket handshake is broken."),
    _R.NO_IDENTITY: Explanation(
        404, "The URL ends without a station identity; it must end with /ocpp/IDENTITY."
    ),
    _R.UNACCEPTABLE_IDENTITY: Explanation(
        404,
        "The identity in the URL is not acceptable: too long, badly encoded, or with a character "
        "that identities cannot have.",
    ),
    _R.UNKNOWN_STATION: Explanation(404, "No station with this identity is registered."),
    _R.CREDENTIALS_MISSING: Explanation(
        401, "The station sent no password, but one is on file for it."
    ),
    _R.CREDENTIALS_UNREADABLE: Explanation(
        401, "The Authorization header is not readable as HTTP Basic."
    ),
    _R.CREDENTIALS_OF_ANOTHER: Explanation(
        401, "The user name in the credentials is not the identity in the URL."
    ),
    _R.WRONG_SECRET: Explanation(401, "The password is not the one on file for this station."),
    _R.NO_SECRET_ON_FILE: Explanation(
        401, "The station's security profile needs a password, but none is on file; set one."
    ),
    _R.SECURITY_PROFILE: Explanation(
        403, "The connection is less secure than the security profile on file for the station."
    ),
    _R.CERTIFICATE_MISSING: Explanation(
        403,
        "The station's security profile needs a client certificate, and none came that could be "
        "verified.",
    ),
    _R.CERTIFICATE_OF_ANOTHER: Explanation(
        403, "The common name of the client certificate is not the identity in the URL."
    ),
    _R.STATION_BLOCKED: Explanation(403, "The station is blocked by an operator."),
    _R.NO_SUBPROTOCOL: Explanation(
        400,
        "The station named no OCPP version (Sec-WebSocket-Protocol is missing); a version can be "
        "assumed for this station in its settings.",
    ),
    _R.NO_COMMON_SUBPROTOCOL: Explanation(
        400, "None of the OCPP versions that the station offers can be used."
    ),
    _R.NOT_READY: Explanation(503, "The server cannot take stations at the moment."),
    _R.TOO_MANY_HANDSHAKES: Explanation(503, "Too many stations are connecting at this moment."),
    _R.TOO_MANY_LINKS: Explanation(503, "The server already holds all the links it may."),
    _R.TLS_FAILED: Explanation(0, "The TLS handshake failed."),
}
