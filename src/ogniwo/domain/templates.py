"""How stations of a make shall be set, and how far one is from it.

A template that says more about its stations counts before one that says less; of two that say
as much the later by name.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

from ogniwo.domain.configuration import REBOOT_REQUIRED, is_secret, key_of, variable_of
from ogniwo.domain.holdings import Holding
from ogniwo.domain.makes import ForMake, Make
from ogniwo.domain.orders.configuration import Value
from ogniwo.domain.orders.order import VariableName

VALUES_MAX: Final = 500


class Template(ForMake, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stations whose make fits shall be set to; it may name keys of 1.6 beside variables."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    values: Annotated[dict[VariableName, Value], Meta(min_length=1, max_length=VALUES_MAX)]
    why: Annotated[str, Meta(max_length=500)] = ""


class Wanted(Struct, frozen=True):
    value: str
    template: str


class Line(Struct, frozen=True, kw_only=True):
    """One variable: what it is and what it shall be; ``drift`` None: it cannot be told."""

    name: str
    value: str | None = None
    state: str | None = None
    wanted: Wanted | None = None
    drift: bool | None = False
    data: Mapping[str, object] = {}


def wanted_of(
    station: Make, protocol: str | None, templates: Iterable[Template]
) -> dict[str, Wanted]:
    """By the variable's name: keys of 1.6 for stations of 1.6, the others for the others."""
    fitting = [it for it in templates if it.fits(station)]
    fitting.sort(key=lambda it: (it.weight, it.name))
    keys_only = protocol == "ocpp1.6"
    wanted: dict[str, Wanted] = {}
    for template in fitting:
        for text, value in template.values.items():
            variable = variable_of(text)
            if (variable.component is None) is keys_only:
                wanted[key_of(variable)] = Wanted(value, template.name)
    return wanted


def compared(held: Iterable[Holding], wanted: Mapping[str, Wanted]) -> list[Line]:
    """Every variable that is on file or wanted, by name."""
    on_file = {it.key: it for it in held}
    return [_line(key, on_file.get(key), wanted.get(key)) for key in sorted({*on_file, *wanted})]


def _line(key: str, held: Holding | None, wanted: Wanted | None) -> Line:
    if held is None:
        drift = None if is_secret(variable_of(key)) else wanted is not None
        return Line(name=key, wanted=wanted, drift=drift)
    drift = False if wanted is None else _drifted(key, held, wanted)
    return Line(
        name=key,
        value=held.value,
        state=held.state,
        wanted=wanted,
        drift=drift,
        data=held.data or {},
    )


def _drifted(key: str, held: Holding, wanted: Wanted) -> bool | None:
    if is_secret(variable_of(key)) or (held.data or {}).get("mutability") == "write_only":
        return None
    if held.state == REBOOT_REQUIRED:
        return True  # taken, but not in force
    return _plain(held.value or "") != _plain(wanted.value)


def _plain(value: str) -> list[str]:
    """Stations write True for true and put blanks into lists."""
    return [it.strip().casefold() for it in value.split(",")]
