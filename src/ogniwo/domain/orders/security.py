"""A. Security: the password of a station, and the security profile that it connects with."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Self

from msgspec import Meta
from msgspec.structs import replace

from ogniwo.base.limits import PREVIOUS_SECRET_S
from ogniwo.domain.holdings import Held, Holding, Kind
from ogniwo.domain.orders.certificates import CertificateUse
from ogniwo.domain.orders.configuration import SetVariables
from ogniwo.domain.orders.network import Interface, OcppVersion, SetNetworkProfile
from ogniwo.domain.orders.order import (
    AtHand,
    Known,
    Order,
    credentials_in,
    impossible,
    without_credentials,
)
from ogniwo.domain.orders.remote import Reset, ResetKind
from ogniwo.domain.station_secret import Secured

PRIORITY: Final = "OCPPCommCtrlr/NetworkConfigurationPriority"
PROFILE_PATIENCE_S: Final = 3_600  # it may restart first
PASSWORD_ONLY: Final = 1
CERTIFICATE: Final = 3

Part = SetNetworkProfile | SetVariables | Reset
_STEPS: Final = (SetNetworkProfile, SetVariables, Reset)  # of OCPP 2.x; 1.6 has one
_KEY_DIGITS: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")


class SetPassword(Order, frozen=True, kw_only=True, tag="set_password"):
    """Have the station use another password from its next connection on (A01).

    Left out, a strong one is made, which nobody needs to know. The one before lets the station in
    until it has used the new one, for a few days at most.
    """

    seen_by: ClassVar[str] = "a connection of the station with the new password"
    patience_s: ClassVar[int] = PREVIOUS_SECRET_S

    password: (
        Annotated[
            str,
            Meta(
                min_length=16,
                max_length=40,
                pattern=r"^[A-Za-z0-9*\-_=:+|@.]{16,40}$(?!\n)",
                description="OCPP 1.6: 16 to 20 characters, or 32 to 40 hexadecimal digits.",
            ),
        ]
        | None
    ) = None

    @property
    def ready(self) -> bool:
        return self.password is not None

    def readied(self, at_hand: AtHand) -> Self:
        return replace(self, password=at_hand.password)

    @property
    def text(self) -> str:
        """Of an order that is ready."""
        return self.password or ""

    @property
    def digits(self) -> str:
        """As OCPP 1.6 writes it: the bytes in hexadecimal."""
        return self.text if is_key(self.text) else self.text.encode().hex()

    def secures(self) -> Secured | None:
        return None if self.password is None else Secured(password=self.password)

    def secrets(self) -> tuple[str, ...]:
        return () if self.password is None else (self.text, self.digits)

    def without_secrets(self) -> Self:
        return replace(self, password=None)


class RaiseSecurityProfile(Order, frozen=True, kw_only=True, tag="raise_security_profile"):
    """Have the station connect more safely, and let it in no other way once it did (A05).

    1: with a password. 2: by TLS too. 3: by TLS with a certificate of its own. An OCPP 2.x station
    needs the slot and the URL that it shall use; then it restarts when nothing charges.
    """

    seen_by: ClassVar[str] = "a connection of the station with this profile"
    patience_s: ClassVar[int] = PROFILE_PATIENCE_S
    weighs_secret: ClassVar[bool] = True
    inner: ClassVar[frozenset[str]] = frozenset({"step", "slots"})

    profile: Annotated[int, Meta(ge=1, le=3)]
    slot: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    url: Annotated[str, Meta(max_length=2_000, pattern="^wss?://.")] | None = None
    interface: Interface = Interface.WIRED0
    message_timeout_s: Annotated[int, Meta(ge=1, le=3_600)] = 30
    version: OcppVersion | None = None
    step: Annotated[int, Meta(ge=0, le=2)] = 0
    slots: str | None = None  # in which order it shall try them

    def check(self, known: Known) -> None:
        on_file = 0 if known.secret is None else known.secret.security_profile
        if self.profile <= on_file:
            impossible(
                f"profile {on_file} is on file for the station, and none is lowered or given again"
            )
        if (self.slot is None) != (self.url is None):
            impossible("a slot and its url belong together: give both, or none to OCPP 1.6")
        if self.url is not None and self.url.startswith("wss:") != (self.profile > PASSWORD_ONLY):
            impossible("profile 1 goes by a ws:// address, profiles 2 and 3 by wss://")
        if self.profile < CERTIFICATE and (known.secret is None or not known.secret.secret_hash):
            impossible("no password is on file for the station: order set_password first")
        self._check_certificates(known)

    def _check_certificates(self, known: Known) -> None:
        if self.profile == PASSWORD_ONLY:
            return
        if not _has(known, CertificateUse.CSMS_ROOT):
            impossible(
                "the station is not known to trust a root certificate of ours: order "
                "install_certificate with use csms_root, or get_certificates if it has one"
            )
        if self.profile == CERTIFICATE and not _has(known, CertificateUse.STATION):
            impossible(
                "the station is not known to have a certificate of its own: order trigger with "
                "message sign_station_certificate, then send_signed_certificate"
            )

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.CERTIFICATE, ""),)

    @property
    def ready(self) -> bool:
        return self.slot is None or self.slots is not None

    def readied_by(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.VARIABLE, PRIORITY),)

    def readied(self, at_hand: AtHand) -> Self:
        return replace(self, slots=f"{self.slot},{_others(at_hand.held, self.slot)}".rstrip(","))

    @property
    def part(self) -> Part:
        """What is sent next."""
        return self.part_of(_STEPS[self.step] if self.slot is not None else SetVariables)

    def part_of(self, kind: type[Order]) -> Part:
        if kind is SetNetworkProfile:
            return SetNetworkProfile(
                slot=self.slot or 0,
                url=self.url or "",
                security_profile=self.profile,
                interface=self.interface,
                message_timeout_s=self.message_timeout_s,
                version=self.version,
            )
        if kind is Reset:
            return Reset(kind=ResetKind.ON_IDLE)
        if self.slot is None:
            return self.profile_key
        return SetVariables(values={PRIORITY: self.slots or str(self.slot)})

    @property
    def profile_key(self) -> SetVariables:
        """All that is sent to OCPP 1.6."""
        return SetVariables(values={"SecurityProfile": str(self.profile)})

    @property
    def more(self) -> Self | None:
        last = self.slot is None or self.step == len(_STEPS) - 1
        return None if last else replace(self, step=self.step + 1)

    def secures(self) -> Secured | None:
        return Secured(profile=self.profile)

    def secrets(self) -> tuple[str, ...]:
        return () if self.url is None else credentials_in(self.url)

    def without_secrets(self) -> Self:
        return self if self.url is None else replace(self, url=without_credentials(self.url))

    def held(self, command_id: int) -> tuple[Held, ...]:
        return self.part.held(command_id)


def is_key(text: str) -> bool:
    """Is it the bytes of a key of OCPP 1.6, in hexadecimal?"""
    return _KEY_DIGITS.fullmatch(text) is not None


def kept_as(password: str) -> str:
    """What is hashed of it: a station that has the bytes of a key tells no case of digits."""
    return password.lower() if is_key(password) else password


def _has(known: Known, use: CertificateUse) -> bool:
    return any(it.key.startswith(f"{use.value}/") for it in known.of(Kind.CERTIFICATE))


def _others(held: Mapping[tuple[Kind, str], Holding], slot: int | None) -> str:
    """The slots that it uses now, to fall back on."""
    told = held.get((Kind.VARIABLE, PRIORITY))
    if told is None or not told.value:
        impossible(
            f"which slots the station uses now is not known: order get_variables with {PRIORITY}, "
            "so that it can fall back on them"
        )
    return ",".join(it.strip() for it in told.value.split(",") if it.strip() != str(slot))


Orders = SetPassword | RaiseSecurityProfile
