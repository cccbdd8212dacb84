"""What is taken away opens in a spreadsheet, computes nothing, and tells strangers nothing."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from ogniwo.app.views import TokenRef
from ogniwo.web.redaction import Redactor
from tests.web.things import a_message, a_session
from tests.web.world import Network, open_room


def a_network() -> Network:
    network = Network()
    odd = a_session(
        701,
        token=TokenRef(uid="=cmd|' /C calc'!A0", type="rfid"),
        started_at=datetime(2026, 7, 1, 10, 0, tzinfo=UTC),
        energy_wh=12_345,
        flags=["late_data"],
        time_zone="Europe/Warsaw",
    )
    network.all_sessions = [odd, a_session(700, energy_wh=None)]
    return network


async def taken(path: str, network: Network | None = None) -> tuple[bytes, Any]:
    async with open_room(network or a_network()) as room, room.program() as client:
        answer = await client.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.content, answer.headers


async def test_a_polish_spreadsheet_opens_with_its_marks_and_computes_nothing() -> None:
    content, headers = await taken("/sessions/export?lang=pl")

    text = content.decode()
    assert text[0] == "\ufeff"
    first, second = csv.DictReader(io.StringIO(text[1:]), delimiter=";")
    assert first["Karta"] == "'=cmd|' /C calc'!A0"
    assert first["Energia (kWh)"] == "12,345"
    assert (first["Początek"], first["Początek (UTC)"]) == (
        "2026-07-01 12:00:00",
        "2026-07-01 10:00:00",
    )
    assert first["Strefa czasowa"] == "Europe/Warsaw"
    assert (second["Energia (kWh)"], second["Strefa czasowa"]) == ("", "UTC")
    assert headers["content-disposition"] == 'attachment; filename="sessions.csv"'


async def test_columns_are_chosen_and_an_unknown_one_is_named() -> None:
    content, _ = await taken("/sessions/export?columns=energy_kwh,station&lang=en")

    assert content.decode()[1:].splitlines()[:2] == ["Energy (kWh),Station", "12.345,CP-1"]
    async with open_room(a_network()) as room, room.program() as client:
        refused = await client.get("/api/v1/sessions/export?columns=price")
    assert refused.status_code == 400
    assert "price" in refused.json()["detail"]


async def test_a_workbook_has_numbers_as_numbers_and_formulas_as_text() -> None:
    content, headers = await taken("/sessions/export?format=xlsx&columns=token,energy_kwh&lang=en")

    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=cmd|" in sheet
    assert re.search(r"<c r=\"B2\"[^>]*><v>12\.345</v>", sheet)
    assert headers["content-type"].startswith("application/vnd.openxmlformats")


async def test_all_pages_of_a_long_list_are_taken_away() -> None:
    network = Network()
    network.all_sessions = [a_session(number) for number in range(2_500, 0, -1)]

    content, _ = await taken("/sessions/export?columns=id", network)

    assert content.decode()[1:].split() == ["Session", *map(str, range(2_500, 0, -1))]


async def test_a_redacted_trace_names_nobody_and_keeps_who_is_who() -> None:
    network = Network()
    start = {"idTag": "04AABB", "connectorId": 1, "meterStart": 5, "timestamp": "2026-01-01"}
    log = {"location": "ftp://ania:pw@192.0.2.9/logs", "note": "from CP-1 at 10.0.0.7"}
    boot = {"chargePointSerialNumber": "SN-77", "chargePointModel": "One"}
    key = {"configurationKey": [{"key": "AuthorizationKey", "value": "s3cret"}]}
    calls = [
        ("StartTransaction", start),
        ("Authorize", {"idTag": "04aabb"}),
        ("GetDiagnostics", log),
    ]
    calls += [("BootNotification", boot), ("GetConfiguration", key)]
    network.all_messages = [
        a_message(800 + place, action=action, call=call)
        for place, (action, call) in enumerate(calls)
    ]

    plain, _ = await taken("/messages/export", network)
    content, _ = await taken("/messages/export?redact=true", network)

    text = content.decode()
    assert b"04AABB" in plain
    assert not re.search(r"04AABB|04aabb|CP-1|192\.0\.2\.9|10\.0\.0\.7|SN-77|s3cret|ania", text)
    assert set(re.findall(r'"idTag":"(token-\w+)"', text)) == {
        re.findall(r'"idTag":"(token-\w+)"', text)[0]
    }
    assert '"meterStart":5' in text
    assert '"chargePointModel":"One"' in text
    assert '"key":"AuthorizationKey"' in text


def test_a_stand_in_is_the_same_in_one_file_and_another_in_the_next() -> None:
    one, other = Redactor(b"a"), Redactor(b"b")
    card = {"idToken": {"idToken": "04AABB", "type": "ISO14443"}}

    assert one.payload(card, "CP-1") == one.payload(card, "CP-1")
    assert one.payload(card, "CP-1") != other.payload(card, "CP-1")
    assert one.payload({"status": "Accepted"}, "CP-1") == {"status": "Accepted"}


async def test_messages_as_a_table_hold_what_crossed_the_wire() -> None:
    network = Network()
    network.all_messages = [replace(a_message(), call={"a": "=1"}, notes="=2")]

    content, _ = await taken("/messages/export?format=csv&lang=en", network)

    (row,) = csv.DictReader(io.StringIO(content.decode()[1:]))
    assert (row["station"], row["call"], row["notes"]) == ("CP-1", '{"a":"=1"}', "'=2")
