"""L. Firmware: updates, and what a local controller offers to the stations behind it."""

import re
from typing import Annotated, ClassVar, Final, Self

from msgspec import Meta
from msgspec.structs import replace

from ogniwo.base.units import US_PER_SECOND, Instant, to_instant
from ogniwo.domain.holdings import GONE, Held, Kind
from ogniwo.domain.orders.order import (
    ASKED,
    AtHand,
    Identifier,
    Known,
    Location,
    Moment,
    Order,
    Tries,
    credentials_in,
    impossible,
    request_number,
    without_credentials,
)

FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
FileName = Annotated[
    str,
    Meta(pattern=rf"^{FILE_NAME.pattern}$(?!\n)", description="As `GET /firmware` lists it."),
]
Checksum = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{32}$", description="MD5, in hexadecimal.")]


class UpdateFirmware(Order, frozen=True, kw_only=True, tag="update_firmware"):
    """Have the station fetch and install firmware; signed where a signature is given (L01).

    It comes from a ``location``, or is a ``file`` that was put on this server.
    """

    reported: ClassVar[Kind | None] = Kind.FIRMWARE
    patience_s: ClassVar[int] = 24 * 3_600  # it may wait until nothing charges

    names_firmware: ClassVar[bool] = True
    inner: ClassVar[frozenset[str]] = frozenset({"sha256"})

    location: Location | None = None
    file: FileName | None = None
    retrieve_at: Annotated[Moment | None, Meta(description="Left out, at once.")] = None
    install_at: Annotated[Moment | None, Meta(description="Left out, when it can.")] = None
    signing_certificate: Annotated[str, Meta(min_length=1, max_length=5_500)] | None = None
    signature: Annotated[str, Meta(min_length=1, max_length=800)] | None = None
    retries: Tries | None = None
    retry_interval_s: Tries | None = None
    sha256: str | None = None  # of our file, when it is to go out

    def check(self, known: Known) -> None:  # noqa: ARG002 - others need it
        if (self.location is None) == (self.file is None):
            impossible("name where the firmware is: a location, or a file of this server")

    @property
    def ready(self) -> bool:
        return self.file is None or self.sha256 is not None

    def readied(self, at_hand: AtHand) -> Self:
        found = at_hand.firmware.get(self.file or "")
        if found is None:
            impossible(
                f"there is no firmware file {self.file!r} on this server: put it there with "
                "`ogniwo firmware put`, or give a location"
            )
        return replace(self, sha256=found)

    @property
    def signed(self) -> bool:
        return self.signature is not None or self.signing_certificate is not None

    def patience(self, now: Instant) -> int:
        """From when it is to begin."""
        planned = [to_instant(it) for it in (self.retrieve_at, self.install_at) if it is not None]
        ahead_us = max([0, *(at - now for at in planned)])
        return self.patience_s + ahead_us // US_PER_SECOND

    def secrets(self) -> tuple[str, ...]:
        return () if self.location is None else credentials_in(self.location)

    def without_secrets(self) -> Self:
        if self.location is None:
            return self
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
                value=self.file or without_credentials(self.location or ""),
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

    def secrets(self) -> tuple[str, ...]:
        return credentials_in(self.location)

    def without_secrets(self) -> Self:
        return replace(self, location=without_credentials(self.location))

    def held(self, command_id: int) -> tuple[Held, ...]:
        data = {"location": without_credentials(self.location)}
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
