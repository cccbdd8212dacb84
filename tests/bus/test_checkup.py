"""What `ogniwo doctor` says of a bus: whether it would do, and what to do where it would not."""

from pathlib import Path

import pytest

from ogniwo.base.checkup import Check, Grade
from ogniwo.base.errors import UsageError
from ogniwo.bus import checkup
from ogniwo.bus.checkup import bus_checked
from tests.services.nats import NatsServer, running_nats
from tests.services.ports import HOST, free_ports


def wrong(checks: list[Check]) -> list[Check]:
    return [it for it in checks if it.grade is not Grade.FINE]


def test_a_bus_in_order_is_told_with_its_figures(shared_nats: NatsServer) -> None:
    checks = list(bus_checked(shared_nats.url))

    assert wrong(checks) == []
    told = {it.subject: it.what for it in checks}
    assert told["bus"] == f"{shared_nats.url} lets us in"
    assert told["bus version"].startswith("NATS 2.")
    assert told["bus round trip"].endswith(" ms")
    assert told["bus messages"] == "messages of up to 1024 KiB"
    assert told["bus rights"] == "may say and hear ogniwo.>"


def test_a_server_that_is_not_there_is_a_problem_with_what_to_do() -> None:
    (port,) = free_ports(1)
    (check,) = bus_checked(f"nats://ania:geheim@{HOST}:{port}")

    assert check.grade is Grade.PROBLEM
    assert f"nats://{HOST}:{port}: " in check.what
    assert "start nats-server" in check.advice
    assert "geheim" not in repr(check)


def test_one_of_several_that_is_not_there_may_be_meant_so(shared_nats: NatsServer) -> None:
    (port,) = free_ports(1)
    checks = list(bus_checked(f"{shared_nats.url},{HOST}:{port}"))

    assert [it.grade for it in wrong(checks)] == [Grade.NOTICE]


def test_wrong_credentials_are_told_apart_from_an_absent_server(tmp_path: Path) -> None:
    with running_nats(tmp_path, "authorization { user: ania, password: right }") as nats:
        (check,) = bus_checked(f"nats://ania:geheim@{HOST}:{nats.port}")

    assert check.grade is Grade.PROBLEM
    assert "Authorization Violation" in check.what
    assert "USER:PASSWORD" in check.advice


def test_tls_that_the_server_does_not_offer_is_told(shared_nats: NatsServer) -> None:
    (check,) = bus_checked(shared_nats.url.replace("nats:", "tls:"))

    assert check.grade is Grade.PROBLEM
    assert "offers no TLS" in check.what
    assert "switch TLS on" in check.advice


def test_a_server_for_small_messages_is_a_problem(tmp_path: Path) -> None:
    with running_nats(tmp_path, "max_payload: 4096") as nats:
        (check,) = wrong(list(bus_checked(nats.url)))

    assert (check.subject, check.grade) == ("bus messages", Grade.PROBLEM)
    assert "max_payload" in check.advice


@pytest.mark.parametrize("direction", ["publish", "subscribe"])
def test_a_user_without_the_rights_of_a_node_is_a_problem(tmp_path: Path, direction: str) -> None:
    allowed = "publish" if direction == "subscribe" else "subscribe"
    config = f"""authorization {{ users: [ {{
        user: ania, password: geheim,
        permissions: {{ {direction}: {{ deny: "ogniwo.>" }}, {allowed}: {{ allow: "ogniwo.>" }} }}
    }} ] }}"""
    with running_nats(tmp_path, config) as nats:
        (check,) = wrong(list(bus_checked(f"nats://ania:geheim@{HOST}:{nats.port}")))

    assert (check.subject, check.grade) == ("bus rights", Grade.PROBLEM)
    assert "permissions violation" in check.what
    assert "ogniwo.>" in check.advice


def test_an_open_bus_on_another_machine_is_told(
    shared_nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "is_loopback", lambda host: False)  # tests stay on this machine
    checks = wrong(list(bus_checked(shared_nats.url)))

    assert {it.subject for it in checks} == {"bus privacy"}
    assert [it.advice.partition(" ")[0] for it in checks] == ["write", "let"]


def test_a_url_that_cannot_be_read_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="--bus"):
        list(bus_checked("http://x"))
