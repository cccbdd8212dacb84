"""Which servers a node talks to, as whom, over what: no secret is shown or sent in the open."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ogniwo.app.bus import Done, EventsWritten
from ogniwo.base.clock import SystemClock
from ogniwo.base.errors import UsageError
from ogniwo.base.tasks import Tasks
from ogniwo.bus.nats_bus import NatsBus
from ogniwo.bus.servers import Credentials, Server, servers_from
from ogniwo.bus.subjects import Subjects
from tests.bus.buses import Cluster, until
from tests.bus.pretender import pretending
from tests.bus.sayings import a_removal, echo
from tests.gateway.authority import Authority
from tests.services.nats import running_nats
from tests.services.ports import HOST

PASSWORD = "gehe:im@7,81/%"
ESCAPED = "gehe%3Aim%407%2C81%2F%25"


# -- URLs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urls", "servers"),
    [
        ("nats://bus.example", [("bus.example", 4222, False, None)]),
        ("bus.example:4333", [("bus.example", 4333, False, None)]),
        ("tls://bus.example/", [("bus.example", 4222, True, None)]),
        ("nats://[fd00::1]:4222", [("fd00::1", 4222, False, None)]),
        ("nats://a, nats://b:1", [("a", 4222, False, None), ("b", 1, False, None)]),
        ("tls://u:p@a,b:1", [("a", 4222, True, ("u", "p")), ("b", 1, True, ("u", "p"))]),
        ("tls://u:p@a,nats://v@b:1", [("a", 4222, True, ("u", "p")), ("b", 1, False, ("v", None))]),
        (f"nats://u%20v:{ESCAPED}@a", [("a", 4222, False, ("u v", PASSWORD))]),
        ("nats://s3cr3t@a", [("a", 4222, False, ("s3cr3t", None))]),
    ],
)  # fmt: skip
def test_urls_are_read_as_operators_write_them(
    urls: str, servers: list[tuple[str, int, bool, tuple[str, str | None] | None]]
) -> None:
    assert servers_from(urls) == tuple(
        Server(host=host, port=port, tls=tls, credentials=Credentials(*who) if who else None)
        for host, port, tls, who in servers
    )


@pytest.mark.parametrize(
    "urls",
    [
        "",
        "nats://",
        "nats://u:geheim@a:port",
        "nats://u:geheim@a:99999",
        "ws://u:geheim@a",
        "nats://a,",
        "nats://u:ge,heim@a",
        "nats://u:geheim@a/stream",
        "nats://u:geheim@a?tls=1",
        "nats://u:geheim@[::1",
        "u:geheim",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_quoting_it(urls: str) -> None:
    with pytest.raises(UsageError, match="of --bus cannot be read") as refused:
        servers_from(urls)

    assert "heim" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_server_shows_no_credentials() -> None:
    (server,) = servers_from("tls://ania:geheim@[::1]:1")

    assert server.url == "tls://[::1]:1"
    assert "geheim" not in repr(server)
    assert "ania" not in repr(server)


@pytest.mark.parametrize("prefix", ["", "a b", "a.", ".a", "a.>", "*", "ż", "a" * 33, "a\r\nPUB"])
def test_a_prefix_that_would_reach_beyond_its_cluster_is_refused(prefix: str) -> None:
    with pytest.raises(UsageError, match="bus prefix"):
        Subjects(prefix)


# -- as whom ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "who"),
    [
        (f'authorization {{ user: "ania", password: "{PASSWORD}" }}', f"ania:{ESCAPED}"),
        (f'authorization {{ token: "{PASSWORD}" }}', ESCAPED),
    ],
    ids=["user", "token"],
)
async def test_credentials_of_the_url_let_a_node_in_and_are_told_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], config: str, who: str
) -> None:
    with running_nats(tmp_path, config) as nats:
        cluster = Cluster(url=f"nats://{who}@{HOST}:{nats.port}")
        async with cluster.asker_and_answerer() as (asker, answerer):
            await answerer.serve(echo)
            assert await asker.ask(7, a_removal(), timeout_s=5) == Done()
            nats.stop()
            await until(lambda: asker.away_since_ms is not None)
            nats.start()
            await until(lambda: asker.away_since_ms is None)
    told = "".join(capfd.readouterr())
    assert "bus_connected" in told
    assert not any(secret in told for secret in (PASSWORD, ESCAPED, "ania"))


async def test_wrong_credentials_are_the_reason_in_the_log_and_trying_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running_nats(tmp_path, "authorization { user: ania, password: right }") as nats:
        async with Cluster(url=f"nats://ania:geheim@{HOST}:{nats.port}").node(7) as bus:
            assert bus.away_since_ms is not None
            nats.stop()
            nats.configure("")
            nats.start()
            await until(lambda: bus.away_since_ms is None, within_s=15)
    told = "".join(capfd.readouterr())
    assert "Authorization Violation" in told
    assert "geheim" not in told


async def test_a_user_who_is_thrown_out_comes_back_when_he_may(tmp_path: Path) -> None:
    """The server says so on the open connection, which nats-py takes for the end of all."""
    accepted = "authorization { user: ania, password: geheim }"
    with running_nats(tmp_path, accepted) as nats:
        async with Cluster(url=f"nats://ania:geheim@{HOST}:{nats.port}").node(7) as bus:
            nats.configure("authorization { user: ania, password: other }", reload=True)
            await until(lambda: bus.away_since_ms is not None)
            nats.configure(accepted, reload=True)
            await until(lambda: bus.away_since_ms is None, within_s=15)


async def test_a_right_that_is_missing_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = """authorization { users: [
        { user: ania, password: geheim, permissions: { subscribe: { deny: "*.node.>" } } }
    ] }"""
    with running_nats(tmp_path, config) as nats:
        async with Cluster(url=f"nats://ania:geheim@{HOST}:{nats.port}").node(7) as bus:
            await bus.serve(echo)
    told = "".join(capfd.readouterr())
    assert "bus_server_objects" in told
    assert "permissions violation" in told


# -- over what --------------------------------------------------------------------------------


@asynccontextmanager
async def tls_node(url: str, authority: Path | None, number: int) -> AsyncIterator[NatsBus]:
    tasks = Tasks()
    bus = await NatsBus.connect(
        url,
        node=number,
        spawn=tasks,
        clock=SystemClock(),
        tls=ssl.create_default_context(cafile=authority),
    )
    try:
        yield bus
    finally:
        await bus.close()
        await tasks.stop()


@pytest.mark.parametrize("scheme", ["tls", "nats"])
async def test_a_server_that_wants_tls_gets_it(tmp_path: Path, scheme: str) -> None:
    authority = Authority(tmp_path)
    served = authority.for_server(HOST)
    config = f'tls {{ cert_file: "{served.chain}", key_file: "{served.key}" }}'
    with running_nats(tmp_path, config) as nats:
        url = f"{scheme}://{HOST}:{nats.port}"
        async with (
            tls_node(url, authority.file, 7) as answerer,
            tls_node(url, authority.file, 1) as asker,
        ):
            await answerer.serve(echo)
            assert await asker.ask(7, a_removal(), timeout_s=5) == Done()
            nats.kill()
            await until(lambda: asker.away_since_ms is not None)
            nats.start()
            await until(lambda: answerer.away_since_ms is None and asker.away_since_ms is None)
            assert await asker.ask(7, a_removal(), timeout_s=5) == Done()


async def test_a_server_that_nobody_we_trust_has_signed_is_not_talked_to(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    served = Authority(tmp_path, "stranger").for_server(HOST)
    config = f'tls {{ cert_file: "{served.chain}", key_file: "{served.key}" }}'
    with running_nats(tmp_path, config) as nats:
        async with tls_node(f"tls://{HOST}:{nats.port}", None, 7) as bus:
            assert bus.away_since_ms is not None
    assert "certificate verify failed" in "".join(capfd.readouterr())


async def test_where_tls_is_wanted_nothing_is_sent_without_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with (
        pretending() as server,
        tls_node(f"tls://ania:geheim@{server.address}", None, 7) as bus,
    ):
        assert bus.away_since_ms is not None
    assert server.lines == []
    told = "".join(capfd.readouterr())
    assert "the server offers no TLS" in told
    assert "geheim" not in told


async def test_who_serves_or_listens_is_known_to_the_server_when_it_goes_on() -> None:
    async with (
        pretending() as server,
        Cluster(url=f"nats://{server.address}", prefix="p").node(7) as bus,
    ):
        for begin, subject in (
            (bus.serve(echo), b"p.node.7.>"),
            (bus.listen(EventsWritten, lambda _: None), b"p.notice.events"),
        ):
            await begin
            (said,) = [it for it in server.lines if subject in it]
            # The ping that was answered came behind it: nothing overtakes on a connection.
            assert b"PING\r\n" in server.lines[server.lines.index(said) :]
