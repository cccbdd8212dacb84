"""Every message of every OCPP version: what becomes of it, and what proves that."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import partial
from inspect import getfile
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from ogniwo.domain.facts import Fact
from ogniwo.ocpp.adapter import Inbound, Outbound
from ogniwo.ocpp.catalogue import VERSIONS, Version
from ogniwo.ocpp.messages import Message
from tools.reference.certification import VERSIONS as CERTIFIED
from tools.reference.certification import cases, not_yet
from tools.reference.covered import ROOT, covering_tests
from tools.reference.markdown import Page, code, sentence

LEAD: Final = """\
What Ogniwo does with each message of OCPP. A station's message becomes a *fact*, on which Ogniwo
decides; what it sends itself is an *[order](orders.md)*. *Handled*: the meaning of the message
changes what Ogniwo knows or does. *Not yet*: a station that sends it gets the error
`NotSupported`; an order of this kind can only be sent as a [raw
call](../how-to/control-a-station.md#raw-calls). Every message is in the trace, whatever becomes of
it. Any other action gets `NotImplemented`.

*Tested by* names the files with tests that a station, played by an independent library over a
real socket, carries out, and that look at what was stored or sent. Beyond these,
`tests/system/test_every_message.py` has a mixed fleet exchange every message of every version in
one run.
*Golden* says whether payloads written from the specification, right and wrong ones, are checked in
for its request and its response. Message handling lies in `src/ogniwo/ocpp`."""

CERTIFICATION: Final = """\
The official test cases for servers, by their ids. A case counts as *played* when a test of that id
plays the station's part against the real server and looks at what was sent and what was stored.
That is our own reading of the cases, not a certificate."""

GOLDEN: Final = ROOT / "tests" / "ocpp" / "golden"
TITLES: Final = (
    "function",
    "message",
    "sent by",
    "today",
    "here",
    "handled in",
    "tested by",
    "golden",
)
HANDLED, NOT_YET = "handled", "not yet"

Tests = Mapping[tuple[str, str], set[str]]


def ocpp_page() -> str:
    page = Page("OCPP support", LEAD)
    tests = covering_tests()
    for subprotocol, version in VERSIONS.items():
        messages = sorted(version.messages.values(), key=lambda it: (it.block, it.action))
        rows = [_row(version, message, tests) for message in messages]
        counts = Counter(row[3] for row in rows)
        page.section(
            f"OCPP {subprotocol.removeprefix('ocpp')}",
            f"Subprotocol {code(subprotocol)}. Of {len(rows)} messages {counts[HANDLED]} are "
            "handled.",
        )
        page.table(TITLES, rows)
    _add_certification(page)
    page.section("Facts", "What the messages of stations become, in no version's words.")
    facts = sorted(
        {_fact(it) for version in VERSIONS.values() for it in version._inbound.values()},
        key=lambda it: it.__name__,
    )
    page.table(("fact", ""), [(code(it.__name__), _first_sentence(it.__doc__)) for it in facts])
    return page.text


def _add_certification(page: Page) -> None:
    page.section("Certification", CERTIFICATION)
    missing = {version: not_yet(version) for version in CERTIFIED}
    rows = []
    for version, its in missing.items():
        total = len(cases(version))
        rows.append((version, str(total), str(total - len(its)), str(len(its))))
    page.table(("OCPP", "cases", "played", "not yet"), rows)
    reasons = [
        (version, code(case), reason)
        for version, its in missing.items()
        for case, reason in its.items()
    ]
    if reasons:
        page.add("What is not played yet, and why:")
        page.table(("OCPP", "case", "why not yet"), reasons)


def _row(version: Version, message: Message, tests: Tests) -> tuple[str, ...]:
    sender = {"up": "station", "down": "Ogniwo", "both": "both"}[message.direction]
    inbound = version._inbound.get(message.action)
    outbound = orders_of(version).get(message.action, [])
    here = [] if inbound is None else [_told_fact(inbound)]
    here += [f"[{tag_of(it)}](orders.md#{tag_of(it)})" for it in outbound]
    files = {_file(it.to_fact) for it in [inbound] if it is not None}
    files |= {_file(it.to_request) for it in outbound}
    golden = (GOLDEN / version.name.removeprefix("ocpp") / f"{message.action}.json").exists()
    return (
        message.block,
        code(message.action),
        sender,
        _today(message, inbound, outbound),
        ", ".join(here),
        ", ".join(code(it) for it in sorted(files)),
        ", ".join(code(it) for it in sorted(tests.get((version.name, message.action), ()))),
        "yes" if golden else "",
    )


def _today(
    message: Message, inbound: Inbound[Any] | None, outbound: list[Outbound[Any, Any]]
) -> str:
    """Of a message that goes both ways the weaker half counts."""
    halves = []
    if message.direction != "down":
        halves.append(NOT_YET if inbound is None else HANDLED)
    if message.direction != "up":
        halves.append(HANDLED if outbound else NOT_YET)
    return max(halves, key=(HANDLED, NOT_YET).index)


def _told_fact(inbound: Inbound[Any]) -> str:
    return code(_fact(inbound).__name__) + (", never refused" if inbound.money else "")


def _fact(inbound: Inbound[Any]) -> type[Fact]:
    told = get_type_hints(inbound.to_fact)["return"]
    return next(iter(get_args(told)), told)  # type: ignore[no-any-return] # hints are typed Any


def orders_of(version: Version) -> dict[str, list[Outbound[Any, Any]]]:
    """Action to the orders that are sent as it."""
    found: dict[str, list[Outbound[Any, Any]]] = defaultdict(list)
    for adapter in version._outbound.values():
        for action in adapter.actions:
            found[action].append(adapter)
    return found


def tag_of(adapter: Outbound[Any, Any]) -> str:
    return str(adapter.order.__struct_config__.tag)


def _file(function: object) -> str:
    if isinstance(function, partial):  # 2.1, with wider limits
        function = function.func
    return str(Path(getfile(function)).relative_to(ROOT / "src" / "ogniwo" / "ocpp"))  # type: ignore[arg-type] # any function will do


def _first_sentence(doc: str | None) -> str:
    return sentence((doc or "").split("\n\n", maxsplit=1)[0])
