"""`ogniwo simulate` as a person runs it: a process, its output and its exit code."""

import asyncio
import json
import signal
import sys

from ogniwo.sim.fleet import TOKENS
from tests.sim.csms import running_csms


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ogniwo", "simulate", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finished(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_it_ends_by_itself_and_prints_what_was_done() -> None:
    async with running_csms() as csms:
        arguments = ("--url", csms.url, "--stations", "3", "--prefix", "P", "--seed", "4")
        process = await start(*arguments, "--speed", "1200", "--minutes", "20", "--json")
        code, out, err = await finished(process)

    result = json.loads(out)
    assert (code, err) == (0, "")
    assert result["stations"] == result["connected_ever"] == 3
    assert result["sessions"] >= 1
    assert result["energy_wh"] > 0
    assert result["errors"] == 0, result["last_error"]
    assert {one.station for one in csms.heard} == {"P001", "P002", "P003"}


async def test_interrupting_it_ends_every_session_in_good_order() -> None:
    async with running_csms() as csms:
        arguments = ("--url", csms.url, "--stations", "1", "--version", "1.6")
        process = await start(*arguments, "--speed", "30")
        await csms.until(lambda: csms.transactions > 0, within_s=30)
        process.send_signal(signal.SIGINT)
        code, out, err = await finished(process)
        stops = csms.said("SIM001", "StopTransaction")

    assert (code, err) == (0, "")
    assert len(stops) == csms.transactions
    assert "errors" in out


async def test_a_csms_that_is_not_there_is_an_error_in_one_sentence() -> None:
    async with running_csms() as csms:
        url = csms.url
    code, out, err = await finished(await start("--url", url, "--stations", "2"))

    assert (code, out) == (1, "")
    assert err.startswith(f"ogniwo: No station could connect to {url}")
    assert "check that the CSMS runs there" in err
    assert err.count("\n") == 1


async def test_wrong_usage_is_told_apart_from_failure() -> None:
    code, _, err = await finished(await start("--url", "http://127.0.0.1"))
    assert code == 2
    assert "ws://" in err

    code, _, err = await finished(await start("--url", "ws://127.0.0.1:1", "--evses", "3..9"))
    assert code == 2
    assert "1..6" in err


async def test_cards_that_nobody_knows_are_explained() -> None:
    async with running_csms(refused_tokens=set(TOKENS)) as csms:
        arguments = ("--url", csms.url, "--stations", "2", "--speed", "300", "--minutes", "5")
        code, out, err = await finished(await start(*arguments))

    assert code == 1
    assert "0 sessions" in out
    assert "The CSMS refused all" in err
    assert "--tokens FILE" in err
