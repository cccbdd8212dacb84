"""I. Tariff and cost: what a station reckons with itself (2.1), and what drivers are shown."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from msgspec import Meta, Struct

from ogniwo.domain.holdings import Held, Holding, Kind, gone
from ogniwo.domain.orders.order import (
    Known,
    Moment,
    NumberOrStation,
    Order,
    TransactionId,
    Uid,
    Whole,
    impossible,
)
from ogniwo.domain.people import Right

ACTIVE: Final = "active"
DEFAULT: Final = "default_tariff"  # as stations report it
OF_TRANSACTION: Final = "transaction_tariff"

_COST_SHOWN: Final = "CustomDisplayCostAndPrice"  # a key of 1.6

TariffId = Annotated[str, Meta(min_length=1, max_length=60)]
Currency = Annotated[str, Meta(min_length=3, max_length=3)]
Cost = Annotated[float, Meta(ge=0, le=1_000_000_000)]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Date = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Text = Annotated[str, Meta(min_length=1, max_length=1_024)]


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class EvseKind(StrEnum):
    AC = "ac"
    DC = "dc"


class TextFormat(StrEnum):
    ASCII = "ascii"
    HTML = "html"
    URI = "uri"
    UTF8 = "utf8"
    QRCODE = "qrcode"


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Of a tariff."""


class _When(_Part, frozen=True, kw_only=True):
    """Times of day are the station's local time."""

    start_time_of_day: TimeOfDay | None = None
    end_time_of_day: TimeOfDay | None = None
    day_of_week: tuple[Weekday, ...] | None = None
    valid_from_date: Date | None = None
    valid_to_date: Date | None = None
    evse_kind: EvseKind | None = None


class Conditions(_When, frozen=True, kw_only=True):
    """Energy in Wh, power in W, times in seconds."""

    min_energy: float | None = None
    max_energy: float | None = None
    min_current: float | None = None
    max_current: float | None = None
    min_power: float | None = None
    max_power: float | None = None
    min_time: Whole | None = None
    max_time: Whole | None = None
    min_charging_time: Whole | None = None
    max_charging_time: Whole | None = None
    min_idle_time: Whole | None = None
    max_idle_time: Whole | None = None


class FixedConditions(_When, frozen=True, kw_only=True):
    payment_brand: Annotated[str, Meta(max_length=20)] | None = None
    payment_recognition: Annotated[str, Meta(max_length=20)] | None = None


class TaxRate(_Part, frozen=True, kw_only=True):
    type: Annotated[str, Meta(min_length=1, max_length=20)]
    tax: float
    stack: Whole | None = None


TaxRates = Annotated[tuple[TaxRate, ...], Meta(min_length=1, max_length=5)]


class EnergyPrice(_Part, frozen=True, kw_only=True):
    price_kwh: float
    conditions: Conditions | None = None


class TimePrice(_Part, frozen=True, kw_only=True):
    price_minute: float
    conditions: Conditions | None = None


class FixedPrice(_Part, frozen=True, kw_only=True):
    price_fixed: float
    conditions: FixedConditions | None = None


class EnergyPrices(_Part, frozen=True, kw_only=True):
    """The first whose conditions hold counts; so it is with the others."""

    prices: Annotated[tuple[EnergyPrice, ...], Meta(min_length=1)]
    tax_rates: TaxRates | None = None


class TimePrices(_Part, frozen=True, kw_only=True):
    prices: Annotated[tuple[TimePrice, ...], Meta(min_length=1)]
    tax_rates: TaxRates | None = None


class FixedPrices(_Part, frozen=True, kw_only=True):
    prices: Annotated[tuple[FixedPrice, ...], Meta(min_length=1)]
    tax_rates: TaxRates | None = None


class Price(_Part, frozen=True, kw_only=True):
    excl_tax: float | None = None
    incl_tax: float | None = None
    tax_rates: TaxRates | None = None


class Description(_Part, frozen=True, kw_only=True):
    content: Text
    format: TextFormat = TextFormat.UTF8
    language: Annotated[str, Meta(max_length=8)] | None = None


class Tariff(_Part, frozen=True, kw_only=True):
    """Other content needs another id: stations tell tariffs apart by it."""

    tariff_id: TariffId
    currency: Currency
    description: Annotated[tuple[Description, ...], Meta(min_length=1, max_length=10)] | None = None
    valid_from: Moment | None = None
    energy: EnergyPrices | None = None
    charging_time: TimePrices | None = None
    idle_time: TimePrices | None = None
    fixed_fee: FixedPrices | None = None
    reservation_time: TimePrices | None = None
    reservation_fixed: FixedPrices | None = None
    min_cost: Price | None = None
    max_cost: Price | None = None


def held_tariff(place: object, tariff_id: str, **fields: object) -> Held:
    return Held(kind=Kind.TARIFF, key=f"{place}/{tariff_id}", **fields)  # type: ignore[arg-type] # its fields


class SetDefaultTariff(Order, frozen=True, kw_only=True, tag="set_default_tariff"):
    """What drivers pay at an EVSE, with 0 at each, unless they bring their own tariff (2.1)."""

    right: ClassVar[Right] = Right.OPERATE
    repeatable: ClassVar[bool] = True

    evse: NumberOrStation
    tariff: Tariff

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.TARIFF, ""),)

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        kept = held_tariff(
            self.evse,
            self.tariff.tariff_id,
            value=DEFAULT,
            state=ACTIVE,
            evse=self.evse,
            data={"tariff": self.tariff},
        )
        return (kept,)

    def changes(self, known: Known) -> tuple[Held, ...]:
        """A default replaces the one before it."""
        before = [it for it in known.of(Kind.TARIFF) if self._replaces(it)]
        return gone(Kind.TARIFF, [it.key for it in before])

    def _replaces(self, holding: Holding) -> bool:
        same = holding.value == DEFAULT and self.evse in {0, holding.evse}
        return same and holding.key != f"{self.evse}/{self.tariff.tariff_id}"


class GetTariffs(Order, frozen=True, kw_only=True, tag="get_tariffs"):
    """Ask which tariffs an EVSE, or with 0 the station, has (2.1)."""

    repeatable: ClassVar[bool] = True

    evse: NumberOrStation = 0


class ClearTariffs(Order, frozen=True, kw_only=True, tag="clear_tariffs"):
    """Take tariffs from an EVSE or the station: those named, or all (2.1)."""

    right: ClassVar[Right] = Right.OPERATE
    repeatable: ClassVar[bool] = True

    tariffs: Annotated[tuple[TariffId, ...], Meta(min_length=1)] | None = None
    evse: NumberOrStation | None = None

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.TARIFF, ""),)

    def changes(self, known: Known) -> tuple[Held, ...]:
        return gone(Kind.TARIFF, [it.key for it in known.of(Kind.TARIFF) if self._meets(it)])

    def _meets(self, holding: Holding) -> bool:
        _, _, tariff_id = holding.key.partition("/")
        named = self.tariffs is None or tariff_id in self.tariffs
        return named and self.evse in {None, 0, holding.evse}


class ChangeTransactionTariff(Order, frozen=True, kw_only=True, tag="change_transaction_tariff"):
    """Let a transaction go on under another tariff of the same currency (2.1)."""

    right: ClassVar[Right] = Right.OPERATE
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    transaction_id: TransactionId
    tariff: Tariff

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        kept = held_tariff(
            self.transaction_id,
            self.tariff.tariff_id,
            value=OF_TRANSACTION,
            state=ACTIVE,
            data={"tariff": self.tariff, "transaction_id": self.transaction_id},
        )
        return (kept,)


class _Shown(Order, frozen=True, kw_only=True):
    """1.6 knows no cost; some stations show it when told so in data of a vendor's."""

    right: ClassVar[Right] = Right.OPERATE

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.VARIABLE, _COST_SHOWN),)

    def check(self, known: Known) -> None:
        if known.protocol != "ocpp1.6":
            return
        if (known.variable(_COST_SHOWN) or "").lower() != "true":
            impossible(
                "an OCPP 1.6 station shows cost only if its CustomDisplayCostAndPrice is true: "
                "read its configuration, and switch it on where it exists"
            )


class CostUpdated(_Shown, frozen=True, kw_only=True, tag="cost_updated"):
    """Show the driver what a transaction has cost so far, tax included."""

    while_pending: ClassVar[bool] = False

    transaction_id: TransactionId
    total_cost: Cost
    meter_wh: Whole | None = None  # 1.6: the register at which it was so
    idle: bool = False  # 1.6: the car does not charge any more, its place is paid for


class SetUserPrice(_Shown, frozen=True, kw_only=True, tag="set_user_price"):
    """Show the driver of a token what charging will cost (1.6)."""

    while_pending: ClassVar[bool] = False

    token: Uid
    price_text: Annotated[str, Meta(min_length=1, max_length=512)]


class FinalCost(_Shown, frozen=True, kw_only=True, tag="final_cost"):
    """Show the driver what an ended transaction has cost, tax included (1.6)."""

    transaction_id: TransactionId
    total_cost: Cost
    price_text: Annotated[str, Meta(min_length=1, max_length=512)] | None = None
    qr_code_text: Annotated[str, Meta(min_length=1, max_length=512)] | None = None


Orders = (
    SetDefaultTariff
    | GetTariffs
    | ClearTariffs
    | ChangeTransactionTariff
    | CostUpdated
    | SetUserPrice
    | FinalCost
)
