"""Q. Bidirectional power transfer (2.1): the grid's signal, and what a car may do."""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from ogniwo.domain.orders.order import Moment, Order, TransactionId
from ogniwo.domain.people import Right

Signal = Annotated[int, Meta(ge=-2_147_483_648, le=2_147_483_647)]


class AfrrSignal(Order, frozen=True, kw_only=True, tag="afrr_signal"):
    """Hand on a signal of the grid's frequency reserve, as the schedule's curve reads it (2.1)."""

    right: ClassVar[Right] = Right.LIMIT
    while_pending: ClassVar[bool] = False

    signal: Signal
    at: Moment | None = None


class EnergyTransfer(StrEnum):
    AC_SINGLE_PHASE = "ac_single_phase"
    AC_TWO_PHASE = "ac_two_phase"
    AC_THREE_PHASE = "ac_three_phase"
    DC = "dc"
    AC_BPT = "ac_bpt"  # both ways
    AC_BPT_DER = "ac_bpt_der"
    AC_DER = "ac_der"
    DC_BPT = "dc_bpt"
    DC_ACDP = "dc_acdp"  # by a pantograph
    DC_ACDP_BPT = "dc_acdp_bpt"
    WPT = "wpt"  # without a cable


class NotifyAllowedEnergyTransfer(
    Order, frozen=True, kw_only=True, tag="notify_allowed_energy_transfer"
):
    """Tell which ways of charging and discharging a transaction may use from now on (2.1)."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    transaction_id: TransactionId
    allowed: Annotated[tuple[EnergyTransfer, ...], Meta(min_length=1, max_length=11)]


Orders = AfrrSignal | NotifyAllowedEnergyTransfer
