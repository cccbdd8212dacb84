"""1.6 LocalAuthListManagement profile, and the cache of tokens from Core."""

from typing import Any, Final

from ogniwo.base.units import to_instant
from ogniwo.domain.access import Authorisation, verdict_alone
from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.orders import ClearCache, GetLocalListVersion, ListMode, SendLocalList
from ogniwo.domain.orders.local_list import ListEntry, refusal_of, version_held
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v16.core import ID_TAG_LENGTH_MAX, id_tag_of, to_id_tag_info
from ogniwo.ocpp.v16.core_orders import outcome
from ogniwo.ocpp.v16.schema import (
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
        entries = tuple(it for it in entries if len(it.uid) <= ID_TAG_LENGTH_MAX)
    return SendLocalListRequest(
        list_version=order.part_version,
        update_type="Full" if order.part_mode is ListMode.FULL else "Differential",
        local_authorization_list=[_from_entry(it) for it in entries],
    )


def send_to_outcome(_order: SendLocalList, response: SendLocalListResponse) -> Outcome:
    said = outcome(response.status)
    return Outcome(reply=said.reply, result=said.result, reason=refusal_of(said.result))


def version_to_request(_order: GetLocalListVersion, _command_id: int) -> GetLocalListVersionRequest:
    return GetLocalListVersionRequest()


def version_to_outcome(
    _order: GetLocalListVersion, response: GetLocalListVersionResponse
) -> Outcome:
    version = response.list_version
    return Outcome(reply=Reply.ACCEPTED, result=str(version), held=(version_held(version),))


def cache_to_request(_order: ClearCache, _command_id: int) -> ClearCacheRequest:
    return ClearCacheRequest()


def cache_to_outcome(_order: ClearCache, response: ClearCacheResponse) -> Outcome:
    return outcome(response.status)


def _from_entry(it: ListEntry) -> AuthorizationData:
    """An entry without information is one to take out (D01)."""
    if it.remove:
        return AuthorizationData(id_tag=id_tag_of(it.uid))
    expires_at = None if it.expires_at is None else to_instant(it.expires_at)
    info = to_id_tag_info(Authorisation(verdict_alone(it.status), it.group, expires_at))
    return AuthorizationData(id_tag=id_tag_of(it.uid), id_tag_info=info)


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SendLocalList, always("SendLocalList"), send_to_request, send_to_outcome),
    Outbound(
        GetLocalListVersion, always("GetLocalListVersion"), version_to_request, version_to_outcome
    ),
    Outbound(ClearCache, always("ClearCache"), cache_to_request, cache_to_outcome),
)
