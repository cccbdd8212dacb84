"""Orders of every kind there is, drawn by chance from what their types let through.

A new order joins by itself; ``Hints`` only says which numbers, names and texts mean something at
a station, so that more of it than a refusal comes about.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final, get_args, get_type_hints

from msgspec import ValidationError, convert, inspect
from msgspec.structs import replace

from ogniwo.base.units import US_PER_SECOND, from_instant
from ogniwo.domain.orders import (
    AnyOrder,
    CertificateUse,
    DeleteCertificate,
    InstallCertificate,
    Order,
    SetDisplayMessage,
    remote,
)
from ogniwo.sim.cupboard import hashes_of
from ogniwo.sim.fleet import TOKENS
from ogniwo.sim.station import Station
from tests.simulation.pem import ROOT_OF_MAKER, ROOT_OF_US

# What each day brings the operator gives by hand; all others are drawn.
KINDS: Final = tuple(it for it in get_args(AnyOrder) if it not in get_args(remote.Orders))
TEXTS: Final = (
    "pl",
    "Zapraszamy",
    "A1B2C3D4E5F60718293A4B5C6D7E8F90",
    "https://files.example/a",
    "wss://csms.example/ocpp",
    "OCPPCommCtrlr/HeartbeatInterval",
    "Connector@1.1",
    "2026-11-23T00:00:00Z",
    "08:00",
    "2026-11-23",
    "PLN",
    ROOT_OF_US,
    "1",
)
ROOTS: Final = {
    CertificateUse.CSMS_ROOT: ROOT_OF_US,
    CertificateUse.MANUFACTURER_ROOT: ROOT_OF_MAKER,
}
PATIENCE: Final = "ConnectionTimeOut", "TxCtrlr/EVConnectionTimeOut"  # 1.6, 2.x
LONG: Final = timedelta(days=30)  # no world is so long
LONG_MAX: Final = 2**31 - 1
GIVEN: Final = 0.3  # of what may be left out


class Hints:
    """What the fields of orders to one station are best filled with, now."""

    def __init__(self, station: Station, rng: Random) -> None:
        self._rng = rng
        self.now = from_instant(station.now_s * US_PER_SECOND)
        running = [it.transaction for it in station.evses if it.transaction is not None]
        variable = PATIENCE[station.speech.version != "1.6"]
        few = rng.randint(1, 2)
        self.fields: Mapping[str, object] = {
            "evse": rng.randint(1, len(station.evses)),
            "transaction_id": str(running[0].entry.transaction_id or 1) if running else "1",
            "token": rng.choice(TOKENS),
            "reservation": few,
            "message": few,
            "monitor": few,
            "monitors": (few,),
            "slot": few,
            "publication": None,
            "variable": variable,
            "names": (variable,),
            "values": {variable: str(rng.randint(60, 180))},
            "expires_at": self.now + LONG,
            "location": "https://files.example/a",
        }

    def moment(self) -> datetime:
        return self.now + timedelta(minutes=self._rng.randint(-60, 60))


def drawn(kind: type[Order], station: Station, rng: Random) -> Order:
    """Errors: RefusedError, as of any order that makes no sense."""
    hints = Hints(station, rng)
    order: Order = _struct(inspect.type_info(kind), rng, hints, inner=kind.inner)
    if isinstance(order, SetDisplayMessage):  # not of a transaction, which takes it along
        return replace(order, transaction_id=None)
    if isinstance(order, InstallCertificate | DeleteCertificate):
        return _about(order, rng.choice(list(ROOTS)))
    return order


def _about(order: InstallCertificate | DeleteCertificate, use: CertificateUse) -> Order:
    if isinstance(order, InstallCertificate):
        return replace(order, use=use, certificate=ROOTS[use])
    hashes = hashes_of(ROOTS[use])
    return replace(
        order,
        use=use,
        issuer_name_hash=hashes.issuer_name_hash,
        issuer_key_hash=hashes.issuer_key_hash,
        serial_number=hashes.serial_number,
    )


def _struct(kind: Any, rng: Random, hints: Hints, inner: frozenset[str] = frozenset()) -> Any:
    fields = {}
    for it in kind.fields:
        if it.name in inner:
            continue
        if it.name in hints.fields and _fits(kind.cls, it.name, hints.fields[it.name]):
            fields[it.name] = hints.fields[it.name]
        elif it.required or rng.random() < GIVEN:
            fields[it.name] = _value(it.type, rng, hints)
    return kind.cls(**fields)


def _fits(of: type, name: str, value: object) -> bool:
    """Fields of one name may be of several kinds."""
    try:
        convert(value, _hints_of(of)[name])
    except ValidationError:
        return False
    return True


@cache
def _hints_of(of: type) -> dict[str, Any]:
    return get_type_hints(of, include_extras=True)


def _value(kind: inspect.Type, rng: Random, hints: Hints) -> Any:
    match kind:
        case inspect.Metadata(type=inner, extra_json_schema=told):
            examples = (told or {}).get("examples")
            return rng.choice(examples) if examples else _value(inner, rng, hints)
        case inspect.StructType():
            return _struct(kind, rng, hints)
        case inspect.UnionType(types=types):
            return _value(rng.choice(types), rng, hints)
        case inspect.VarTupleType(item_type=item):
            return tuple(_value(item, rng, hints) for _ in range(_few(kind, rng)))
        case inspect.ListType(item_type=item) | inspect.CollectionType(item_type=item):
            return [_value(item, rng, hints) for _ in range(_few(kind, rng))]
        case inspect.DictType(key_type=key, value_type=value):
            pairs = range(_few(kind, rng))
            return {_value(key, rng, hints): _value(value, rng, hints) for _ in pairs}
        case inspect.DateTimeType():
            return hints.moment()
        case _:
            return SIMPLE[type(kind)](kind, rng)


def _whole(kind: Any, rng: Random) -> int:
    low = _bound(kind.ge, kind.gt, 1, 0)
    return rng.randint(low, _bound(kind.le, kind.lt, -1, low + 99))


def _float(kind: Any, rng: Random) -> float:
    low = _bound(kind.ge, kind.gt, 1, 0.0)
    return round(rng.uniform(low, _bound(kind.le, kind.lt, -1, low + 99.0)), 1)


def _text(kind: Any, rng: Random) -> str:
    shortest, longest = kind.min_length or 0, kind.max_length or LONG_MAX
    pattern = re.compile(kind.pattern or "")
    fitting = [it for it in TEXTS if shortest <= len(it) <= longest and pattern.search(it)]
    return rng.choice(fitting)


SIMPLE: Final[Mapping[type[inspect.Type], Callable[[Any, Random], object]]] = {
    inspect.NoneType: lambda _kind, _rng: None,
    inspect.AnyType: lambda _kind, _rng: "anything",
    inspect.BoolType: lambda _kind, rng: rng.random() < 0.5,
    inspect.EnumType: lambda kind, rng: rng.choice(list(kind.cls)),
    inspect.LiteralType: lambda kind, rng: rng.choice(kind.values),
    inspect.IntType: _whole,
    inspect.FloatType: _float,
    inspect.StrType: _text,
}


def _few(kind: Any, rng: Random) -> int:
    fewest = kind.min_length or 0
    return rng.randint(fewest, min(fewest + 2, kind.max_length or LONG_MAX))


def _bound(inclusive: Any, exclusive: Any, step: int, otherwise: Any) -> Any:
    if inclusive is not None:
        return inclusive
    return otherwise if exclusive is None else exclusive + step
