from pathlib import Path

import pytest

from ogniwo.base.errors import UsageError
from ogniwo.base.settings import Address, load, networks, strangers


def test_the_command_line_comes_before_the_environment_before_the_file_before_the_default(
    tmp_path: Path,
) -> None:
    config = tmp_path / "ogniwo.toml"
    config.write_text('http = "127.0.0.1:1"\nocpp = "127.0.0.1:1"\nlog_level = "error"\n')
    environment = {"OGNIWO_HTTP": "127.0.0.1:2", "OGNIWO_OCPP": "127.0.0.1:2"}

    settings = load({"http": "127.0.0.1:3", "ocpp": None}, environment, config)

    assert (settings.http, settings.ocpp) == ("127.0.0.1:3", "127.0.0.1:2")
    assert (settings.log_level, settings.unknown_stations) == ("error", "quarantine")


def test_a_key_that_the_file_cannot_have_is_named(tmp_path: Path) -> None:
    config = tmp_path / "ogniwo.toml"
    config.write_text('unknown_station = "accept"\n')
    with pytest.raises(UsageError, match="unknown_station"):
        load({}, {}, config)


def test_a_misspelt_variable_is_named_with_the_one_that_was_meant() -> None:
    told = strangers(
        {
            "OGNIWO_UNKNOWN_STATION": "accept",
            "OGNIWO_ADMIN_TOKEN": "x",
            "OGNIWO_HTTP": "127.0.0.1:1",
            "OGNIWO_SIMULATE_PASSWORD": "x",
            "PATH": "/bin",
        }
    )
    assert len(told) == 1
    assert "OGNIWO_UNKNOWN_STATION " in told[0]
    assert "did you mean OGNIWO_UNKNOWN_STATIONS?" in told[0]


def test_what_others_put_into_the_environment_stops_nothing() -> None:
    load({}, {"OGNIWO_SERVICE_HOST": "10.0.0.1"}, None)


@pytest.mark.parametrize("option", ["http", "ocpp"])
@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "127.example.org", "localhost.evil"])
def test_an_unencrypted_listener_for_others_needs_a_decision(option: str, host: str) -> None:
    with pytest.raises(UsageError, match=f"--{option} .*allow_plain"):
        load({option: f"{host}:9000"}, {}, None)
    load({option: f"{host}:9000", "allow_plain": True}, {}, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost", "[::1]"])
def test_this_machine_alone_may_speak_unencrypted(host: str) -> None:
    load({"ocpp": f"{host}:9000", "http": f"{host}:8080"}, {}, None)


def test_an_address_reads_back_as_it_was_written() -> None:
    assert str(Address("::1", 80)) == "[::1]:80"


def test_networks_are_read_and_a_wrong_one_is_named() -> None:
    assert [str(it) for it in networks(" 10.0.0.5, 192.0.2.0/24,fd00::/64,")] == [
        "10.0.0.5/32",
        "192.0.2.0/24",
        "fd00::/64",
    ]
    assert networks(None) == ()
    for wrong in ("10.0.0.0/33", "proxy.example", "10.0.0.5/24", "10.0.0.5 10.0.0.6"):
        with pytest.raises(UsageError, match="--trusted-proxies"):
            load({"trusted_proxies": wrong}, {}, None)


def test_a_proxy_protocol_without_proxies_and_an_authority_without_tls_are_mistakes() -> None:
    with pytest.raises(UsageError, match="--trusted-proxies"):
        load({"proxy_protocol": True}, {}, None)
    with pytest.raises(UsageError, match="--ocpp-tls"):
        load({"tls_client_ca": "ca.pem"}, {}, None)
    settings = load({}, {"OGNIWO_TRUSTED_PROXIES": "::1", "OGNIWO_PROXY_PROTOCOL": "true"}, None)
    assert settings.proxy_protocol
