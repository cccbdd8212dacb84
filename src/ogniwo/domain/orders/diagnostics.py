"""N. Diagnostics: the logs that a station uploads."""

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from msgspec import Meta
from msgspec.structs import replace

from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders.order import (
    ASKED,
    Location,
    Moment,
    Order,
    Tries,
    request_number,
    without_credentials,
)


class LogKind(StrEnum):
    DIAGNOSTICS = "diagnostics"
    SECURITY = "security"
    DATA_COLLECTOR = "data_collector"  # 2.1


class GetLog(Order, frozen=True, kw_only=True, tag="get_log"):
    """Have the station upload a log: to us, unless a location is given."""

    repeatable: ClassVar[bool] = True
    reported: ClassVar[Kind | None] = Kind.LOG
    patience_s: ClassVar[int] = 2 * 3_600  # megabytes over a modem

    kind: LogKind = LogKind.DIAGNOSTICS
    location: Annotated[Location | None, Meta(description="Left out, it is uploaded to us.")] = None
    since: Moment | None = None
    until: Moment | None = None
    retries: Tries | None = None
    retry_interval_s: Tries | None = None

    def secrets(self) -> tuple[str, ...]:
        """Whoever knows the address may write there."""
        return () if self.location is None else (self.location,)

    def without_secrets(self) -> Self:
        if self.location is None:
            return self
        return replace(self, location=without_credentials(self.location))

    def held(self, command_id: int) -> tuple[Held, ...]:
        data = {"kind": self.kind.value, "since": self.since, "until": self.until}
        key = str(request_number(command_id))
        return (Held(kind=Kind.LOG, key=key, state=ASKED, data=data),)


Orders = GetLog
