"""N. Logs: what the station is asked for, how far it got, and how the order ends."""

from datetime import timedelta

import pytest

from tests.system.server import Server, api_of
from tests.system.station import Station, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import KINDS, KINDS_2X, a_name

ELSEWHERE = "ftp://files.example/logs/"


@pytest.mark.covers("GetDiagnostics", "DiagnosticsStatusNotification", versions=("ocpp1.6",))
async def test_diagnostics_of_a_1_6_station_need_no_number(server: Server) -> None:
    name, since = a_name(Station16), text_of(now() - timedelta(hours=3))
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetDiagnostics"] = {"file_name": "diag.zip"}
        order = await api.order(
            name, "get_log", location=ELSEWHERE, since=since, retries=2, retry_interval_s=30
        )
        told = await station.ordered("GetDiagnostics")
        for status in ("Uploading", "Uploading", "Uploaded"):
            await station.call("DiagnosticsStatusNotification", status=status)
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "log")

    assert told == {
        "location": ELSEWHERE,
        "start_time": since,
        "retries": 2,
        "retry_interval": 30,
    }
    assert (ended["state"], kept["state"]) == ("applied", "uploaded")
    assert (kept["value"], kept["command_id"]) == ("diag.zip", order["id"])
    assert [it["state"] for it in kept["data"]["course"]] == ["uploading", "uploaded"]
    assert kept["data"]["kind"] == "diagnostics"


@pytest.mark.covers("GetLog", "LogStatusNotification")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_security_log_is_followed_by_its_number(
    server: Server, kind: type[Station]
) -> None:
    name, since = a_name(kind), text_of(now() - timedelta(hours=3))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetLog"] = {"status": "Accepted", "filename": "sec.log"}
        first = await api.order(name, "get_log", kind="security", location=ELSEWHERE, since=since)
        told = await station.ordered("GetLog")
        station.answers["GetLog"] = {"status": "AcceptedCanceled", "filename": "sec2.log"}
        second = await api.order(name, "get_log", kind="security", location=ELSEWHERE)
        number = (await station.ordered("GetLog"))["request_id"]
        await station.call(
            "LogStatusNotification", status="UploadFailure", request_id=told["request_id"]
        )
        await station.call("LogStatusNotification", status="Uploaded", request_id=number)
        ends = [await api.get(f"/commands/{it['id']}") for it in (first, second)]
        kept = {it["key"]: it for it in await api.all(f"/stations/{name}/holdings", kind="log")}

    assert told["log_type"] == "SecurityLog"
    assert told["log"] == {"remote_location": ELSEWHERE, "oldest_timestamp": since}
    assert [it["state"] for it in ends] == ["not_applied", "applied"]
    assert ends[0]["reason"] == "the station says: upload_failed"
    assert ends[1]["result"] == "AcceptedCanceled"
    assert kept[str(told["request_id"])]["state"] == "upload_failed"
    assert (kept[str(number)]["state"], kept[str(number)]["value"]) == ("uploaded", "sec2.log")


@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_refused_log_is_not_on_file(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetLog"] = {"status": "Rejected"}
        order = await api.order(name, "get_log", location=ELSEWHERE, wait_s=5)
        held = await api.all(f"/stations/{name}/holdings", kind="log")

    assert (order["state"], order["result"], held) == ("rejected", "Rejected", [])


async def test_a_log_that_nobody_asked_for_is_kept_too(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await station.call("DiagnosticsStatusNotification", status="Idle")
        await station.call("DiagnosticsStatusNotification", status="Uploading")
        kept = await api.only_holding(name, "log")

    assert (kept["key"], kept["state"], kept["command_id"]) == ("0", "uploading", None)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_triggered_status_of_firmware_does_not_do_for_one_of_a_log(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["ExtendedTriggerMessage"] = {"status": "Accepted"}
        order = await api.order(name, "trigger", message="log_status_notification")
        await station.orders.get()
        await station.call("FirmwareStatusNotification", status="Idle")
        before = await api.get(f"/commands/{order['id']}")
        await station.call("LogStatusNotification", status="Idle", request_id=1)
        after = await api.get(f"/commands/{order['id']}")

    assert (before["state"], after["state"]) == ("accepted", "applied")
