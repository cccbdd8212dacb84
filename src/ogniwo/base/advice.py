"""Settings that are allowed and yet perhaps not meant, for ``ogniwo doctor``."""

import os
from collections.abc import Iterator
from typing import Final

from ogniwo.base.checkup import Check, fine, notice, problem
from ogniwo.base.settings import Network, Settings, address, networks

PREFIX_BITS_MIN: Final = {4: 8, 6: 16}  # a network wider than that is nobody's own

_OPENS: Final = {
    "all": "stations, people, jobs",
    "gateway": "stations; HTTP only for health and metrics",
    "web": "people and programs; no stations",
    "worker": "jobs; HTTP only for health and metrics",
}


def of_settings(settings: Settings) -> Iterator[Check]:
    yield fine("role", f"{settings.role}: {_OPENS[settings.role]}")
    yield from _gateways(settings)
    yield from _plain(settings)
    yield from _proxies(settings)


def _gateways(settings: Settings) -> Iterator[Check]:
    cores = os.cpu_count() or 1
    if settings.gateways > cores:
        what = f"{settings.gateways} gateways share {cores} cores with each other and the rest"
        yield notice("gateways", what, f"--gateways {cores} or fewer serve as many stations")


def _plain(settings: Settings) -> Iterator[Check]:
    """``allow_plain`` was given; behind a proxy that is how it should be."""
    wanted = {"http": settings.http}
    if settings.role in {"all", "gateway"}:
        wanted["ocpp"] = settings.ocpp
    for option, text in wanted.items():
        where = address(text, option)
        if not where.is_loopback and not networks(settings.trusted_proxies):
            what = f"--{option} takes unencrypted connections from other machines at {where}"
            advice = "put a proxy that encrypts in front and name it with --trusted-proxies"
            yield notice("encryption", what, advice)


def _proxies(settings: Settings) -> Iterator[Check]:
    trusted = networks(settings.trusted_proxies)
    for it in trusted:
        if it.prefixlen < PREFIX_BITS_MIN[it.version]:
            what = f"{it} lets almost everybody claim any address and certificate"
            yield problem("trusted proxies", what, "name the proxies' own addresses")
    listens = address(settings.ocpp, "ocpp")
    if trusted and listens.is_loopback and not any(map(_reaches_loopback, trusted)):
        what = f"--ocpp {listens} is reached from this machine only, where none of them is"
        advice = "add 127.0.0.1, or listen where the proxies are"
        yield notice("trusted proxies", what, advice)


def _reaches_loopback(network: Network) -> bool:
    return network.is_loopback or network.prefixlen == 0
