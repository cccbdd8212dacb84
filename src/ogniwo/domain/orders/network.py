"""B. Provisioning: where a station connects to, and how (B09, B10)."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from msgspec import Meta, Struct
from msgspec.structs import replace

from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders.order import (
    Known,
    Order,
    Whole,
    credentials_in,
    impossible,
    without_credentials,
)
from ogniwo.domain.station_secret import Secured

Text = Annotated[str, Meta(min_length=1, max_length=512)]
Short = Annotated[str, Meta(min_length=1, max_length=64)]


HIDDEN: Final = "***"


class OcppVersion(StrEnum):
    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"
    V21 = "ocpp2.1"


class Interface(StrEnum):
    WIRED0 = "wired0"
    WIRED1 = "wired1"
    WIRED2 = "wired2"
    WIRED3 = "wired3"
    WIRELESS0 = "wireless0"
    WIRELESS1 = "wireless1"
    WIRELESS2 = "wireless2"
    WIRELESS3 = "wireless3"
    ANY = "any"  # 2.1 only


class ApnAuthentication(StrEnum):
    NONE = "none"
    PAP = "pap"
    CHAP = "chap"
    AUTO = "auto"


class Apn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mobile network's access point."""

    name: Text
    user: Short | None = None
    password: Short | None = None
    sim_pin: Whole | None = None
    preferred_network: Annotated[str, Meta(max_length=6)] | None = None
    only_preferred_network: bool | None = None
    authentication: ApnAuthentication = ApnAuthentication.AUTO


class VpnKind(StrEnum):
    IKEV2 = "ikev2"
    IPSEC = "ipsec"
    L2TP = "l2tp"
    PPTP = "pptp"


class Vpn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: VpnKind
    server: Text
    user: Short
    password: Short
    key: Annotated[str, Meta(max_length=255)]
    group: Short | None = None


class SetNetworkProfile(Order, frozen=True, kw_only=True, tag="set_network_profile"):
    """Write into a slot of the station where and how it may connect (B09).

    It connects there once OCPPCommCtrlr/NetworkConfigurationPriority names the slot and it booted.
    """

    repeatable: ClassVar[bool] = True
    weighs_secret: ClassVar[bool] = True

    slot: Annotated[int, Meta(ge=0, le=1_000)]
    url: Annotated[str, Meta(max_length=2_000, pattern="^wss?://.")]
    security_profile: Annotated[int, Meta(ge=0, le=3)]
    interface: Interface = Interface.WIRED0
    message_timeout_s: Annotated[int, Meta(ge=1, le=3_600)] = 30
    version: OcppVersion | None = None
    identity: Annotated[str, Meta(min_length=1, max_length=48)] | None = None
    password: Annotated[str, Meta(min_length=16, max_length=64)] | None = None
    apn: Apn | None = None
    vpn: Vpn | None = None

    def secrets(self) -> tuple[str, ...]:
        apn = () if self.apn is None else (self.apn.password, _digits(self.apn.sim_pin))
        vpn = () if self.vpn is None else (self.vpn.password, self.vpn.key)
        return tuple(it for it in (self.password, *apn, *vpn, *credentials_in(self.url)) if it)

    def without_secrets(self) -> "SetNetworkProfile":
        apn, vpn = self.apn, self.vpn
        return replace(
            self,
            url=without_credentials(self.url),
            password=None,
            apn=None if apn is None else replace(apn, password=None, sim_pin=None),
            vpn=None if vpn is None else replace(vpn, password=HIDDEN, key=HIDDEN),
        )

    def check(self, known: Known) -> None:
        on_file = 0 if known.secret is None else known.secret.security_profile
        if self.security_profile < on_file:
            impossible(
                f"profile {on_file} is on file for the station and is not lowered: "
                "the station would not be let in"
            )

    def secures(self) -> Secured | None:
        """The password counts when the station uses the slot."""
        return Secured(password=self.password, profile=self.security_profile, at_once=False)

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        """All but the secrets."""
        data = {
            "security_profile": self.security_profile,
            "interface": self.interface,
            "message_timeout_s": self.message_timeout_s,
            "version": self.version,
            "identity": self.identity,
            "apn": None if self.apn is None else self.apn.name,
            "vpn": None if self.vpn is None else self.vpn.server,
        }
        slot = str(self.slot)
        return (
            Held(
                kind=Kind.NETWORK_PROFILE,
                key=slot,
                value=without_credentials(self.url),
                state="accepted",
                data=data,
            ),
        )


Orders = SetNetworkProfile


def _digits(number: int | None) -> str | None:
    return None if number is None else str(number)
