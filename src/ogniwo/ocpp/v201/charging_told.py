"""K. Smart charging, from the station: profiles it has, limits from outside, what cars want."""

from typing import Any, Final, Literal

from ogniwo.base.units import to_instant
from ogniwo.domain.decision import Answer, Reply, Word
from ogniwo.domain.facts import NEXT_PART, ChargingNeedsTold, ChargingScheduleTold, HoldingsReported
from ogniwo.domain.holdings import GONE, Held, Kind
from ogniwo.ocpp.adapter import Inbound, Seen, unexpected
from ogniwo.ocpp.neutral import to_data
from ogniwo.ocpp.v201.schema import (
    ClearedChargingLimitRequest,
    ClearedChargingLimitResponse,
    NotifyChargingLimitRequest,
    NotifyChargingLimitResponse,
    NotifyEVChargingNeedsRequest,
    NotifyEVChargingNeedsResponse,
    NotifyEVChargingScheduleRequest,
    NotifyEVChargingScheduleResponse,
    ReportChargingProfilesRequest,
    ReportChargingProfilesResponse,
    StatusInfoType,
)


def report_to_fact(request: ReportChargingProfilesRequest, seen: Seen) -> HoldingsReported:
    source = request.charging_limit_source.lower()
    held = [_profile(to_data(it), request.evse_id, source) for it in request.charging_profile]
    return HoldingsReported(
        action="ReportChargingProfiles",
        summary=f"{len(held)} profiles of EVSE {request.evse_id}, set by {source}",
        held=tuple(held),
        kind=Kind.PROFILE,
        number=request.request_id,
        part=NEXT_PART,
        last=not request.tbc,
        important=False,
        notes=seen.notes,
    )


def _profile(data: dict[str, object], evse: int, source: str) -> Held:
    number, purpose = data.pop("id"), data["purpose"]
    return Held(
        kind=Kind.PROFILE,
        key=str(number),
        value=str(purpose),
        state="active",
        evse=evse,
        data={**data, "source": source},
    )


def report_to_reply(_reply: Reply) -> ReportChargingProfilesResponse:
    return ReportChargingProfilesResponse()


def limit_to_fact(request: NotifyChargingLimitRequest, seen: Seen) -> HoldingsReported:
    data = to_data(request.charging_limit)
    data.pop("charging_limit_source")
    source = request.charging_limit.charging_limit_source.lower()
    evse = request.evse_id or 0
    schedules = [to_data(it) for it in request.charging_schedule or ()]
    if schedules:
        data["schedules"] = schedules
    held = Held(
        kind=Kind.LIMIT,
        key=f"{source}/{evse}",
        value=source,
        state="active",
        evse=evse,
        data=data,
    )
    return HoldingsReported(
        action="NotifyChargingLimit",
        summary=f"{source} limits {_place(evse)}",
        held=(held,),
        notes=seen.notes,
    )


def limit_to_reply(_reply: Reply) -> NotifyChargingLimitResponse:
    return NotifyChargingLimitResponse()


def cleared_to_fact(request: ClearedChargingLimitRequest, seen: Seen) -> HoldingsReported:
    source = request.charging_limit_source.lower()
    evse = request.evse_id or 0
    return HoldingsReported(
        action="ClearedChargingLimit",
        summary=f"{source} limits {_place(evse)} no longer",
        held=(Held(kind=Kind.LIMIT, key=f"{source}/{evse}", state=GONE),),
        notes=seen.notes,
    )


def cleared_to_reply(_reply: Reply) -> ClearedChargingLimitResponse:
    return ClearedChargingLimitResponse()


def _place(evse: int) -> str:
    return f"EVSE {evse}" if evse else "the station"


def needs_to_fact(request: NotifyEVChargingNeedsRequest, seen: Seen) -> ChargingNeedsTold:
    data = to_data(request.charging_needs)
    if request.max_schedule_tuples is not None:
        data["max_schedule_tuples"] = request.max_schedule_tuples
    return ChargingNeedsTold(evse=request.evse_id, data=data, notes=seen.notes)


# A profile follows: at once, or when there is one.
FOLLOWS: Final[dict[Word, Literal["Accepted", "Processing"]]] = {
    Word.ACCEPTED: "Accepted",
    Word.PROCESSING: "Processing",
}


def needs_to_reply(reply: Reply) -> NotifyEVChargingNeedsResponse:
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    if (status := FOLLOWS.get(reply.word)) is not None:
        return NotifyEVChargingNeedsResponse(status=status)
    return NotifyEVChargingNeedsResponse(
        status="Rejected", status_info=info("NotFound", reply.reason)
    )


def info(code: str, reason: str | None) -> StatusInfoType:
    return StatusInfoType(reason_code=code, additional_info=reason)


def schedule_to_fact(request: NotifyEVChargingScheduleRequest, seen: Seen) -> ChargingScheduleTold:
    data = to_data(request)
    schedule = to_data(request.charging_schedule)
    data.pop("schedules")
    data.pop("evse_id")
    return ChargingScheduleTold(
        evse=request.evse_id,
        time_base=to_instant(request.time_base),
        data={**data, **schedule},
        notes=seen.notes,
    )


def schedule_to_reply(reply: Reply) -> NotifyEVChargingScheduleResponse:
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    if reply.word is Word.ACCEPTED:
        return NotifyEVChargingScheduleResponse(status="Accepted")
    return NotifyEVChargingScheduleResponse(
        status="Rejected", status_info=info("InvalidSchedule", reply.reason)
    )


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("ReportChargingProfiles", report_to_fact, report_to_reply),
    Inbound("NotifyChargingLimit", limit_to_fact, limit_to_reply),
    Inbound("ClearedChargingLimit", cleared_to_fact, cleared_to_reply),
    Inbound("NotifyEVChargingNeeds", needs_to_fact, needs_to_reply),
    Inbound("NotifyEVChargingSchedule", schedule_to_fact, schedule_to_reply),
)
