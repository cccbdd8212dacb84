"""K. Smart charging in 2.1, from the station: priority, dynamic limits, and a gentler "no"."""

from typing import Any, Final

from ogniwo.domain.decision import Answer, Reply, Word
from ogniwo.domain.facts import HoldingsReported, ScheduleUpdateAsked
from ogniwo.domain.holdings import Held, Kind
from ogniwo.ocpp.adapter import Inbound, Seen, unexpected
from ogniwo.ocpp.neutral import to_payload
from ogniwo.ocpp.v21.schema import (
    ChargingScheduleUpdateType,
    NotifyEVChargingNeedsResponse,
    NotifyPriorityChargingRequest,
    NotifyPriorityChargingResponse,
    PullDynamicScheduleUpdateRequest,
    PullDynamicScheduleUpdateResponse,
    StatusInfoType,
)
from ogniwo.ocpp.v201.charging_told import FOLLOWS, needs_to_fact


def needs_to_reply(reply: Reply) -> NotifyEVChargingNeedsResponse:
    """ "Rejected" would end the transaction of a car that speaks ISO 15118-20."""
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    if (status := FOLLOWS.get(reply.word)) is not None:
        return NotifyEVChargingNeedsResponse(status=status)
    return NotifyEVChargingNeedsResponse(
        status="NoChargingProfile",
        status_info=StatusInfoType(reason_code="NotFound", additional_info=reply.reason),
    )


def priority_to_fact(request: NotifyPriorityChargingRequest, seen: Seen) -> HoldingsReported:
    state = "active" if request.activated else "ended"
    held = Held(kind=Kind.PRIORITY, key=request.transaction_id, state=state)
    return HoldingsReported(
        action="NotifyPriorityCharging",
        summary=f"priority of transaction {request.transaction_id}: {state}",
        held=(held,),
        notes=seen.notes,
    )


def priority_to_reply(_reply: Reply) -> NotifyPriorityChargingResponse:
    return NotifyPriorityChargingResponse()


def pull_to_fact(request: PullDynamicScheduleUpdateRequest, seen: Seen) -> ScheduleUpdateAsked:
    return ScheduleUpdateAsked(profile=request.charging_profile_id, notes=seen.notes)


def pull_to_reply(reply: Reply) -> PullDynamicScheduleUpdateResponse:
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    if reply.word is Word.ACCEPTED:
        update = to_payload(reply.data, ChargingScheduleUpdateType)
        return PullDynamicScheduleUpdateResponse(status="Accepted", schedule_update=update)
    return PullDynamicScheduleUpdateResponse(
        status="Rejected",
        status_info=StatusInfoType(reason_code="InvalidProfile", additional_info=reply.reason),
    )


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("NotifyEVChargingNeeds", needs_to_fact, needs_to_reply),
    Inbound("NotifyPriorityCharging", priority_to_fact, priority_to_reply),
    Inbound("PullDynamicScheduleUpdate", pull_to_fact, pull_to_reply),
)
