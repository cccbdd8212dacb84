"""I. Tariff and cost in 2.1: stations that reckon the cost themselves (I07 to I12)."""

from typing import Any, Final

from msgspec.structs import replace

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.holdings import Held
from ogniwo.domain.orders import (
    ChangeTransactionTariff,
    ClearTariffs,
    GetTariffs,
    SetDefaultTariff,
)
from ogniwo.domain.orders.tariff import ACTIVE, held_tariff
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.codec import PayloadError
from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.neutral import to_data, to_payload
from ogniwo.ocpp.v21.schema import (
    ChangeTransactionTariffRequest,
    ChangeTransactionTariffResponse,
    ClearTariffsRequest,
    ClearTariffsResponse,
    GetTariffsRequest,
    GetTariffsResponse,
    SetDefaultTariffRequest,
    SetDefaultTariffResponse,
    TariffAssignmentType,
)
from ogniwo.ocpp.v201.provisioning import outcome

NO_TARIFF: Final = "NoTariff"
DEFAULT: Final = "DefaultTariff"
_DONE: Final = {"Accepted", NO_TARIFF}


def set_to_request(order: SetDefaultTariff, _command_id: int) -> SetDefaultTariffRequest:
    return to_payload({"evse_id": order.evse, "tariff": order.tariff}, SetDefaultTariffRequest)


def set_to_outcome(_order: SetDefaultTariff, response: SetDefaultTariffResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def get_to_request(order: GetTariffs, _command_id: int) -> GetTariffsRequest:
    return GetTariffsRequest(evse_id=order.evse)


def get_to_outcome(order: GetTariffs, response: GetTariffsResponse) -> Outcome:
    said = outcome(response.status, response.status_info)
    if said.result == NO_TARIFF:
        return replace(said, reply=Reply.ACCEPTED, reason="it has none")
    told = response.tariff_assignments or ()
    return replace(said, held=tuple(held for it in told for held in _held(order.evse, it)))


def _held(evse: int, assigned: TariffAssignmentType) -> list[Held]:
    told = to_data(assigned)
    kind = str(told["tariff_kind"])
    told = {name: it for name, it in told.items() if name in ("valid_from", "id_tokens")}
    # What a default tariff charges is on file since it was set: the station tells less of it.
    data = None if assigned.tariff_kind == DEFAULT else {"assigned": told}
    places = assigned.evse_ids or [evse]
    return [
        held_tariff(it, assigned.tariff_id, value=kind, state=ACTIVE, evse=it, data=data)
        for it in places
    ]


def clear_to_request(order: ClearTariffs, _command_id: int) -> ClearTariffsRequest:
    said = {"tariff_ids": order.tariffs, "evse_id": order.evse}
    told = {name: value for name, value in said.items() if value is not None}
    return to_payload(told, ClearTariffsRequest)


def clear_to_outcome(_order: ClearTariffs, response: ClearTariffsResponse) -> Outcome:
    """Each tariff has a result of its own; one that stays makes it a refusal."""
    results = response.clear_tariffs_result
    if not results:  # none of them could be read
        raise PayloadError(Fault.OCCURRENCE, "clearTariffsResult", "count")
    left = [it for it in results if it.status not in _DONE]
    if not left:
        return Outcome(reply=Reply.ACCEPTED, result=results[0].status)
    names = ", ".join(it.tariff_id or "all" for it in left)
    return Outcome(
        reply=Reply.REJECTED, result=left[0].status, reason=f"these stay in force: {names}"
    )


def change_to_request(
    order: ChangeTransactionTariff, _command_id: int
) -> ChangeTransactionTariffRequest:
    said = {"transaction_id": order.transaction_id, "tariff": order.tariff}
    return to_payload(said, ChangeTransactionTariffRequest)


def change_to_outcome(
    _order: ChangeTransactionTariff, response: ChangeTransactionTariffResponse
) -> Outcome:
    return outcome(response.status, response.status_info)


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SetDefaultTariff, always("SetDefaultTariff"), set_to_request, set_to_outcome),
    Outbound(GetTariffs, always("GetTariffs"), get_to_request, get_to_outcome),
    Outbound(ClearTariffs, always("ClearTariffs"), clear_to_request, clear_to_outcome),
    Outbound(
        ChangeTransactionTariff,
        always("ChangeTransactionTariff"),
        change_to_request,
        change_to_outcome,
    ),
)
