"""Settings that are allowed and that ``ogniwo doctor`` asks about all the same."""

import hashlib
import os
from pathlib import Path

import pytest

from ogniwo.base.advice import of_settings
from ogniwo.base.checkup import Check, Grade
from ogniwo.base.machine import same_key
from ogniwo.base.settings import load

MANY = {"database": "postgresql://h/n", "bus": "nats://h:4222"}
PROXIES = {"allow_plain": True, "http": "0.0.0.0:8080", "ocpp": "0.0.0.0:9000"}


def asked(**given: object) -> list[Check]:
    checks = of_settings(load(given, {}, None))
    return [it for it in checks if it.grade is not Grade.FINE]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {**MANY, "role": "gateway", **PROXIES, "trusted_proxies": "10.0.0.5,fd00::/64"},
        {**MANY, "gateways": 1},
        {"trusted_proxies": "127.0.0.1"},
    ],
)
def test_usual_settings_are_not_asked_about(given: dict[str, object]) -> None:
    assert asked(**given) == []


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "0.0.0.0/4"])
def test_proxies_that_may_be_anybody_are_a_problem(network: str) -> None:
    (check,) = asked(trusted_proxies=network, **PROXIES)

    assert check.grade is Grade.PROBLEM
    assert network in check.what


def test_proxies_that_cannot_reach_the_port_are_told() -> None:
    (check,) = asked(trusted_proxies="10.0.0.5")

    assert (check.subject, check.grade) == ("trusted proxies", Grade.NOTICE)


def test_ports_open_to_others_without_encryption_are_told() -> None:
    told = asked(**PROXIES)

    assert [it.subject for it in told] == ["encryption", "encryption"]
    assert "--ocpp" in told[1].what


def test_a_web_node_is_not_asked_about_stations() -> None:
    told = asked(**PROXIES, **MANY, role="web")

    assert ["--http" in it.what for it in told] == [True]


def test_more_gateways_than_cores_are_told() -> None:
    cores = os.cpu_count() or 1
    (check,) = asked(**MANY, gateways=min(cores + 1, 64))

    assert check.subject == "gateways"


def test_a_key_is_compared_with_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "server.key"
    path.write_bytes(b"k" * 32)
    mark = hashlib.sha256(b"k" * 32).hexdigest()

    def grades(mark: str | None) -> list[Grade]:
        return [it.grade for it in same_key(path, mark)]

    assert (grades(mark), grades(None)) == ([Grade.FINE], [Grade.FINE])
    assert grades("of another") == [Grade.PROBLEM]
    path.unlink()
    assert (grades(mark), grades(None)) == ([Grade.PROBLEM], [])
