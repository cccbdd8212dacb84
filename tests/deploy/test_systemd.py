"""deploy/systemd: units that systemd likes, and that agree with the proxy in front."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ogniwo.base.settings import address
from tests.deploy.front import CONFIG, DEPLOY, Town
from tests.deploy.manifests import settings_of, unit_node, units, variables
from tests.services.haproxy import complaints_about


def test_systemd_likes_every_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    for unit in units():
        text = unit.read_text().replace("/opt/ogniwo/.venv/bin/ogniwo", sys.executable)
        (tmp_path / unit.name.replace("@", "@1")).write_text(text)
    checked = [str(it) for it in tmp_path.glob("*.service")]
    done = subprocess.run(
        [program, "verify", "--man=no", *checked],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert [line for line in done.stderr.splitlines() if "ogniwo" in line] == []


def test_units_and_proxy_agree_on_the_ports() -> None:
    readme = (DEPLOY / "haproxy" / "README.md").read_text()
    given = variables(readme.partition("<<'END'\n")[2].partition("END\n")[0])
    for number in ("1", "2"):
        [unit] = [it for it in units() if "gateway" in it.stem]
        node = settings_of(unit_node(unit, number))
        assert given[f"GATEWAY_{number}"] == node.ocpp
        assert given[f"GATEWAY_{number}_HTTP_PORT"] == str(address(node.http, "http").port)
        assert (node.proxy_protocol, node.trusted_proxies) == (True, "127.0.0.1")
    [web] = [it for it in units() if it.stem == "ogniwo-web"]
    assert given["WEB_1"] == settings_of(unit_node(web)).http
    everywhere = [settings_of(unit_node(it)) for it in units() if it.stem != "ogniwo"]
    assert len({it.http for it in everywhere}) == len(everywhere)


def test_haproxy_likes_what_its_page_gives_it(tmp_path: Path) -> None:
    town = Town(tmp_path)
    readme = (DEPLOY / "haproxy" / "README.md").read_text()
    given = variables(readme.partition("<<'END'\n")[2].partition("END\n")[0])
    folder = tmp_path / "certificates"
    folder.mkdir()
    shutil.copy(town.certificate, folder)

    here = {**given, "CERTIFICATES": str(folder), "STATION_CA": str(town.stations.file)}
    assert complaints_about(CONFIG, here) == ""
