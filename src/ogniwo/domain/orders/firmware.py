"""L. Firmware: updates, and what a local controller offers to the stations behind it."""

from typing import Annotated, ClassVar, Self

from msgspec import Meta
from msgspec.structs import replace

from ogniwo.base.units import US_PER_SECOND, Instant, to_instant
from ogniwo.domain.holdings import GONE, Held, Kind
from ogniwo.domain.orders.order import (
    ASKED,
    Identifier,
    Location,
    Moment,
    Order,
    Tries,
    request_number,
    without_credentials,
)

Checksum = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{32}$", description="MD5, in hexadecimal.")]


class UpdateFirmware(Order, frozen=True, kw_only=True, tag="update_firmware"):
    """Have the station fetch and install firmware; signed where a signature is given (L01)."""

    reported: ClassVar[Kind | None] = Kind.FIRMWARE
    patience_s: ClassVar[int] = 24 * 3_600  # it may wait until nothing charges

    location: Location
    retrieve_at: Annotated[Moment | None, Meta(description="Left out, at once.")] = None
    install_at: Annotated[Moment | None, Meta(description="Left out, when it can.")] = None
    signing_certificate: Annotated[str, Meta(min_length=1, max_length=5_500)] | None = None
    signature: Annotated[str, Meta(min_length=1, max_length=800)] | None = None
    retries: Tries | None = None
    retry_interval_s: Tries | None = None

    @property
    def signed(self) -> bool:
        return self.signature is not None or self.signing_certificate is not None

    def patience(self, now: Instant) -> int:
        """From when it is to begin."""
        planned = [to_instant(it) for it in (self.retrieve_at, self.install_at) if it is not None]
        ahead_us = max([0, *(at - now for at in planned)])
        return self.patience_s + ahead_us // US_PER_SECOND

    def secrets(self) -> tuple[str, ...]:
        return () if without_credentials(self.location) == self.location else (self.location,)

    def without_secrets(self) -> Self:
        return replace(self, location=without_credentials(self.location))

    def held(self, command_id: int) -> tuple[Held, ...]:
        data = {
            "retrieve_at": self.retrieve_at,
            "install_at": self.install_at,
            "signed": self.signed,
        }
        key = str(request_number(command_id))
        return (
            Held(
                kind=Kind.FIRMWARE,
                key=key,
                value=without_credentials(self.location),
                state=ASKED,
                data=data,
            ),
        )


class PublishFirmware(Order, frozen=True, kw_only=True, tag="publish_firmware"):
    """Have a local controller fetch firmware and offer it to its stations (L03)."""

    reported: ClassVar[Kind | None] = Kind.PUBLISHED_FIRMWARE
    patience_s: ClassVar[int] = 24 * 3_600

    location: Location
    checksum: Checksum
    retries: Tries | None = None
    retry_interval_s: Tries | None = None

    def held(self, command_id: int) -> tuple[Held, ...]:
        data = {"location": self.location}
        return (
            Held(
                kind=Kind.PUBLISHED_FIRMWARE,
                key=str(request_number(command_id)),
                value=self.checksum,
                state=ASKED,
                data=data,
            ),
        )


class UnpublishFirmware(Order, frozen=True, kw_only=True, tag="unpublish_firmware"):
    """Have a local controller offer it no longer (L04)."""

    repeatable: ClassVar[bool] = True

    checksum: Checksum
    publication: Annotated[
        Identifier | None, Meta(description="The key of its holding, which is then gone.")
    ] = None

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        if self.publication is None:
            return ()
        return (Held(kind=Kind.PUBLISHED_FIRMWARE, key=str(self.publication), state=GONE),)


Orders = UpdateFirmware | PublishFirmware | UnpublishFirmware
