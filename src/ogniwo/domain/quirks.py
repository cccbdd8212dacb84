"""What is done differently for stations of some make, and why.

A profile says for which stations (vendor, model, firmware) and what; one that says more about
its stations counts before one that says less, and what is set for a single station before all.
"""

from collections.abc import Iterable
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from ogniwo.domain.makes import ForMake, Make


class Quirks(Struct, frozen=True, kw_only=True):
    """The usual way."""

    ping: bool = True
    deflate: bool = True
    calls_after_s: float = 0.0
    start_answered_after_ms: int = 0
    call_bytes_max: int | None = None


class QuirkChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What differs from the usual way; what is left out does not."""

    ping: Annotated[bool, Meta(description="Whether it survives pings.")] | UnsetType = UNSET
    deflate: (
        Annotated[bool, Meta(description="Whether its compression can be trusted.")] | UnsetType
    ) = UNSET
    calls_after_s: (
        Annotated[
            float,
            Meta(ge=0, le=300, description="Since it connected, before it is called."),
        ]
        | UnsetType
    ) = UNSET
    start_answered_after_ms: (
        Annotated[
            int, Meta(ge=0, le=5_000, description="A StartTransaction is not answered sooner.")
        ]
        | UnsetType
    ) = UNSET
    call_bytes_max: (
        Annotated[int, Meta(ge=256, le=1_048_576, description="A longer call is not sent.")]
        | UnsetType
    ) = UNSET


class QuirkProfile(ForMake, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For stations whose make fits all patterns that are given."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    why: Annotated[str, Meta(min_length=1, max_length=500)]
    changes: QuirkChanges


USUAL: Final = Quirks()


def quirks_of(
    station: Make, profiles: Iterable[QuirkProfile], own: QuirkChanges | None
) -> tuple[Quirks, tuple[str, ...]]:
    """What counts for the station, and the names of the profiles that fit, the strongest last."""
    fitting = sorted((it for it in profiles if it.fits(station)), key=lambda it: it.weight)
    layers = [it.changes for it in fitting] + ([] if own is None else [own])
    return _combined(layers), tuple(it.name for it in fitting)


def _combined(layers: Iterable[QuirkChanges]) -> Quirks:
    known = asdict(USUAL)
    for layer in layers:
        known |= {name: it for name, it in asdict(layer).items() if it is not UNSET}
    return Quirks(**known)
