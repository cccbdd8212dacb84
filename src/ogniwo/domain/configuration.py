"""Variables of a station: the one name that each has whatever its version, and what is kept of it.

A name reads ``Component[instance]@evse.connector/Variable[instance]#attribute``; everything but
the variable may be absent. A key of 1.6 is a variable without a component. Inside a part the
characters ``/[]@#%`` are written ``%2F`` and so on, so that a name can be taken apart again.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.base.errors import UsageError
from ogniwo.domain.holdings import Held, Holding, Kind

_PART: Final = r"[^/\[\]@#\x00-\x1f\x7f]{1,150}"
_END: Final = r"$(?!\n)"
_COMPONENT: Final = rf"{_PART}(?:\[{_PART}\])?(?:@\d{{1,9}}(?:\.\d{{1,9}})?)?"
_ATTRIBUTE: Final = r"#(?:actual|target|min_set|max_set)"
COMPONENT_PATTERN: Final = rf"^{_COMPONENT}{_END}"
VARIABLE_PATTERN: Final = rf"^(?:{_COMPONENT}/)?{_PART}(?:\[{_PART}\])?(?:{_ATTRIBUTE})?{_END}"
TEXT_LENGTH_MAX: Final = 500  # of a name, whatever is in it

CURRENT: Final = "current"  # a variable's state: as the station told it or took it
REBOOT_REQUIRED: Final = "reboot_required"  # taken, and in force after the next boot
MASTER_PASS_GROUP: Final = "AuthCtrlr/MasterPassGroupId"  # whose tokens end sessions only (C16)

# Of OCPP 1.6 and its security extension, but for those that can only be written.
STANDARD_KEYS: Final = (
    "AllowOfflineTxForUnknownId",
    "AuthorizationCacheEnabled",
    "AuthorizeRemoteTxRequests",
    "BlinkRepeat",
    "ClockAlignedDataInterval",
    "ConnectionTimeOut",
    "ConnectorPhaseRotation",
    "ConnectorPhaseRotationMaxLength",
    "GetConfigurationMaxKeys",
    "HeartbeatInterval",
    "LightIntensity",
    "LocalAuthorizeOffline",
    "LocalPreAuthorize",
    "MaxEnergyOnInvalidId",
    "MeterValuesAlignedData",
    "MeterValuesAlignedDataMaxLength",
    "MeterValuesSampledData",
    "MeterValuesSampledDataMaxLength",
    "MeterValueSampleInterval",
    "MinimumStatusDuration",
    "NumberOfConnectors",
    "ResetRetries",
    "StopTransactionOnEVSideDisconnect",
    "StopTransactionOnInvalidId",
    "StopTxnAlignedData",
    "StopTxnAlignedDataMaxLength",
    "StopTxnSampledData",
    "StopTxnSampledDataMaxLength",
    "SupportedFeatureProfiles",
    "SupportedFeatureProfilesMaxLength",
    "TransactionMessageAttempts",
    "TransactionMessageRetryInterval",
    "UnlockConnectorOnEVSideDisconnect",
    "WebSocketPingInterval",
    "LocalAuthListEnabled",
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
    "ReserveConnectorZeroSupported",
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "ConnectorSwitch3to1PhaseSupported",
    "MaxChargingProfilesInstalled",
    "AdditionalRootCertificateCheck",
    "CertificateSignedMaxChainSize",
    "CertificateStoreMaxLength",
    "CpoName",
    "SecurityProfile",
)

# Whose values are kept nowhere even before a station says that they can only be written.
_PASSWORDS: Final = frozenset({"authorizationkey", "basicauthpassword"})
_SECRETS: Final = _PASSWORDS | frozenset(
    {
        "vpnpassword",
        "vpnkey",
        "apnpassword",
        "simpin",
        "sharedsecret",
    }
)
_READ: Final = re.compile(
    rf"(?:(?P<component>{_PART})(?:\[(?P<of>{_PART})\])?"
    r"(?:@(?P<evse>\d{1,9})(?:\.(?P<connector>\d{1,9}))?)?/)?"
    rf"(?P<variable>{_PART})?(?:\[(?P<instance>{_PART})\])?(?:#(?P<attribute>actual|target|min_set|max_set))?"
)
_RESERVED: Final = re.compile(r"[/\[\]@#%]")
_WRITTEN: Final = re.compile(r"%(2[Ff35]|40|5[BbDd])")


class Attribute(StrEnum):
    ACTUAL = "actual"
    TARGET = "target"
    MIN_SET = "min_set"
    MAX_SET = "max_set"


class Mutability(StrEnum):
    READ_ONLY = "read_only"
    WRITE_ONLY = "write_only"
    READ_WRITE = "read_write"


class Variable(Struct, frozen=True, kw_only=True):
    """Which one; ``name`` is empty where a whole component is meant."""

    name: str
    instance: str | None = None
    component: str | None = None
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    attribute: Attribute = Attribute.ACTUAL


def key_of(variable: Variable) -> str:
    """The name under which it is on file and asked for; ``variable_of`` takes it apart."""
    attribute = "" if variable.attribute is Attribute.ACTUAL else f"#{variable.attribute.value}"
    name = f"{_plain(variable.name)}{_instance(variable.instance)}{attribute}"
    if variable.component is None:
        return name
    evse = "" if variable.evse is None else f"@{variable.evse}"
    connector = "" if variable.connector is None else f".{variable.connector}"
    of = _instance(variable.component_instance)
    return f"{_plain(variable.component)}{of}{evse}{connector}/{name}"


def variable_of(key: str) -> Variable:
    """Errors: UsageError."""
    found = _READ.fullmatch(key)
    if found is None or not (found["variable"] or found["component"]):
        raise UsageError(
            f"{key!r} names no variable: write Component/Variable, as in "
            "OCPPCommCtrlr/HeartbeatInterval, or an OCPP 1.6 key as it is"
        )
    return Variable(
        name=_read(found["variable"]) or "",
        instance=_read(found["instance"]),
        component=_read(found["component"]),
        component_instance=_read(found["of"]),
        evse=None if found["evse"] is None else int(found["evse"]),
        connector=None if found["connector"] is None else int(found["connector"]),
        attribute=Attribute(found["attribute"] or Attribute.ACTUAL),
    )


def component_of(text: str) -> Variable:
    """All variables of a component. Errors: UsageError."""
    return variable_of(f"{text}/")


def told(
    variable: Variable,
    value: str | None,
    *,
    state: str = CURRENT,
    data: Mapping[str, object] | None = None,
) -> Held:
    """What is kept of a variable; a value that can only be written, and a secret, is not."""
    hidden = is_secret(variable) or (data or {}).get("mutability") == Mutability.WRITE_ONLY
    return Held(
        kind=Kind.VARIABLE,
        key=key_of(variable),
        value="" if hidden else value,
        state=state,
        evse=variable.evse,
        data=data,
    )


def without_secrets(rows: Iterable[Holding], known: Mapping[str, Holding]) -> Iterable[Holding]:
    """Values of variables that are known by now to be for writing only are left out."""
    for row in rows:
        before = known.get(row.key) if row.kind is Kind.VARIABLE else None
        data = {} if before is None else before.data or {}
        hidden = data.get("mutability") == Mutability.WRITE_ONLY
        yield replace(row, value="") if hidden else row


def is_password(variable: Variable) -> bool:
    """With which the station comes to us; a key by which it goes elsewhere is none."""
    return variable.name.casefold() in _PASSWORDS


def is_secret(variable: Variable) -> bool:
    return variable.name.casefold() in _SECRETS


def _instance(name: str | None) -> str:
    return "" if name is None else f"[{_plain(name)}]"


def _plain(name: str) -> str:
    return _RESERVED.sub(lambda it: f"%{ord(it[0]):02X}", name)


def _read(part: str | None) -> str | None:
    if part is None:
        return None
    return _WRITTEN.sub(lambda it: chr(int(it[1], 16)), part)
