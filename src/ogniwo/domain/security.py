"""A. Security: what a station tells of attacks and changes, and whom it asks about certificates."""

from typing import Final

from ogniwo.base.units import to_rfc3339
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.certificates import BadRequestError, read_request
from ogniwo.domain.decision import ACKNOWLEDGED, Answer, Decision, Situation, Word, event
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import CertificateAsked, SecurityEventReported, SigningAsked, Told
from ogniwo.domain.holdings import Held, Kind, to_holding

CRITICAL: Final = frozenset(
    {
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "TamperDetectionActivated",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidCsmsCertificate",
        "InvalidChargingStationCertificate",
        "InvalidTLSVersion",
        "InvalidTLSCipherSuite",
        "MaintenanceLoginAccepted",
        "MaintenanceLoginFailed",
        "DiscardedRenewedClientCertificate",
    }
)  # the list of 2.1, the longest, for stations of every version
REMEMBERED_MAX: Final = 32  # of each type; a station sends again what it sent last
NOBODY: Final = "no service for this is connected to the server"
WAITING: Final = "waiting"
REFUSED: Final = "refused"


def decide_security_event(
    state: StationState, fact: SecurityEventReported, situation: Situation
) -> Decision:
    """Each is told once, however often the station sends it."""
    this = [to_rfc3339(fact.at), fact.info or ""]
    before = situation.holdings.get((Kind.SECURITY_EVENT, fact.type))
    recent = (before.data or {}).get("recent") if before is not None else None
    known = recent if isinstance(recent, list) else []
    if this in known:
        return Decision(ACKNOWLEDGED)
    critical = fact.type in CRITICAL
    held = Held(
        kind=Kind.SECURITY_EVENT,
        key=fact.type,
        value=this[0],
        data={"critical": critical, "recent": [*known, this][-REMEMBERED_MAX:]},
    )
    told = event(
        situation,
        EventKind.SECURITY_EVENT,
        station_id=state.station.id,
        type=fact.type,
        critical=critical,
        at=this[0],
        info=fact.info,
    )
    return Decision(ACKNOWLEDGED, (to_holding(held, state.station.id, situation.now), told))


def decide_signing(state: StationState, fact: SigningAsked, situation: Situation) -> Decision:
    """Accepted is "somebody will sign it": only what can be signed at all is."""
    station_id = state.station.id
    data: dict[str, object] = {"request": fact.number, "asked_at": to_rfc3339(situation.now)}
    reason: str | None = None
    try:
        request = read_request(fact.request)
    except BadRequestError as error:
        reason = str(error)
    else:
        data |= {
            "common_name": request.common_name,
            "organization": request.organization,
            "key": request.key,
        }
    held = Held(
        kind=Kind.CERTIFICATE_REQUEST,
        key=fact.use.value,
        value=fact.request,
        state=WAITING if reason is None else REFUSED,
        data=data | {"refused": reason},
    )
    told = event(
        situation,
        EventKind.CERTIFICATE_REQUESTED,
        station_id=station_id,
        use=fact.use.value,
        name=str(data.get("common_name") or ""),
        refused=reason,
    )
    word = Word.ACCEPTED if reason is None else Word.REJECTED
    rows = (to_holding(held, station_id, situation.now), told)
    return Decision(Answer(word=word, reason=reason), rows)


def decide_certificate_question(
    state: StationState, fact: CertificateAsked, situation: Situation
) -> Decision:
    """Answered with what somebody outside said; where nobody said anything, with why."""
    answers = fact.told or tuple(Told(reason=NOBODY) for _ in fact.questions)
    if any(it.text is not None for it in answers):
        word, reason, outcome = Word.ACCEPTED, None, "answered"
    else:
        reason = answers[0].reason if answers else NOBODY
        word, outcome = Word.FAILED, f"not answered, {reason}"
    told = event(
        situation,
        EventKind.STATION_NOTICE,
        station_id=state.station.id,
        action=fact.action,
        summary=f"{fact.summary}: {outcome}",
    )
    data = {**fact.data, "told": answers, "now": situation.now}
    return Decision(Answer(word=word, reason=reason, data=data), (told,))
