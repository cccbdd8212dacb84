"""D. Local authorization list, and the cache of C: what a station may judge by itself."""

from typing import Any, Final

from ogniwo.base.units import to_instant
from ogniwo.domain.access import Authorisation, IdToken, verdict_alone
from ogniwo.domain.commands import Outcome
from ogniwo.domain.commands import Reply as OrderReply
from ogniwo.domain.orders import ClearCache, GetLocalListVersion, ListMode, SendLocalList
from ogniwo.domain.orders.local_list import ListEntry, refusal_of, version_held
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v201.authorization import UID_LENGTH_MAX, from_token, to_id_token_info
from ogniwo.ocpp.v201.provisioning import outcome
from ogniwo.ocpp.v201.schema import (
    AuthorizationData,
    ClearCacheRequest,
    ClearCacheResponse,
    GetLocalListVersionRequest,
    GetLocalListVersionResponse,
    SendLocalListRequest,
    SendLocalListResponse,
)


def send_to_request(order: SendLocalList, _command_id: int) -> SendLocalListRequest:
    entries = order.part
    if not order.chosen:
        entries = tuple(it for it in entries if 0 < len(it.uid) <= UID_LENGTH_MAX)
    return SendLocalListRequest(
        version_number=order.part_version,
        update_type="Full" if order.part_mode is ListMode.FULL else "Differential",
        local_authorization_list=[_from_entry(it) for it in entries] or None,
    )


def send_to_outcome(_order: SendLocalList, response: SendLocalListResponse) -> Outcome:
    said = outcome(response.status, response.status_info)
    advice = refusal_of(said.result)
    reason = said.reason if advice is None or said.reason is None else f"{said.reason}; {advice}"
    return Outcome(reply=said.reply, result=said.result, reason=reason or advice)


def version_to_request(_order: GetLocalListVersion, _command_id: int) -> GetLocalListVersionRequest:
    return GetLocalListVersionRequest()


def version_to_outcome(
    _order: GetLocalListVersion, response: GetLocalListVersionResponse
) -> Outcome:
    version = response.version_number
    return Outcome(reply=OrderReply.ACCEPTED, result=str(version), held=(version_held(version),))


def cache_to_request(_order: ClearCache, _command_id: int) -> ClearCacheRequest:
    return ClearCacheRequest()


def cache_to_outcome(_order: ClearCache, response: ClearCacheResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def _from_entry(it: ListEntry) -> AuthorizationData:
    """An entry without information is one to take out (D01)."""
    token = from_token(IdToken(it.uid, it.type))
    if it.remove:
        return AuthorizationData(id_token=token)
    expires_at = None if it.expires_at is None else to_instant(it.expires_at)
    info = to_id_token_info(Authorisation(verdict_alone(it.status), it.group, expires_at))
    return AuthorizationData(id_token=token, id_token_info=info)


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SendLocalList, always("SendLocalList"), send_to_request, send_to_outcome),
    Outbound(
        GetLocalListVersion, always("GetLocalListVersion"), version_to_request, version_to_outcome
    ),
    Outbound(ClearCache, always("ClearCache"), cache_to_request, cache_to_outcome),
)
