"""The scenes of a station's day: what it tells, what it is ordered, and what must come of that.

Texts that begin with ``$`` stand for what is known by then: ``$token``, ``$tx``, or, in what a
station says because of an order, a field of the call, such as ``$request_id``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from tests.system.fleet.member import Member, golden_request
from tests.system.server import Api
from tests.system.station import Fields

ACCEPTED: Final[Fields] = {"status": "Accepted"}
NOTHING: Final[Fields] = {}
# What the golden frames made up, by its key: here the real one, where there is one.
REAL: Final = {
    "transactionId": "tx",
    "requestId": "request_id",
    "idTag": "token",
    "idToken": "token",
    "timestamp": "now",
    "generatedAt": "now",
}

Known = dict[str, Any]


class Scene(Protocol):
    async def play(self, api: Api, station: Member, known: Known) -> None: ...


class Told(NamedTuple):
    """The station calls: a golden frame with these fields, or these fields ``alone``.

    ``learns``: what is known from the answer on. ``hears``: fields that the answer must have.
    ``draws``: the call that follows by itself.
    """

    action: str
    fields: Fields = NOTHING
    alone: bool = True
    learns: Mapping[str, Callable[[Fields], Any]] = {}
    hears: Fields = NOTHING
    draws: str | None = None

    async def play(self, api: Api, station: Member, known: Known) -> None:
        golden = {} if self.alone else golden_request(station.version, self.action)
        payload = {**real(golden, known), **filled(self.fields, known)}
        answer = await station.say(self.action, payload)
        assert answer | filled(self.hears, known) == answer, (self.action, answer)
        if self.draws is not None:
            await station.ordered(self.draws)
        known |= {name: of(answer) for name, of in self.learns.items()}


def golden(action: str, **fields: Any) -> Told:
    return Told(action, fields, alone=False)


class Ordered(NamedTuple):
    """An order of the operator's vocabulary, the call it becomes, and how it ends.

    ``kept``: kind and state of what is on file then. ``gone``: a kind nothing of which is.
    """

    action: str
    order: str
    fields: Fields = NOTHING
    answer: Fields = ACCEPTED
    then: Sequence[Scene] = ()
    ends: str = "accepted"
    kept: tuple[str, str | None] | None = None
    gone: str | None = None

    async def play(self, api: Api, station: Member, known: Known) -> None:
        station.answers[self.action] = filled(self.answer, known)
        given = await api.order(station.identity, self.order, **filled(self.fields, known))
        call = await station.ordered(self.action)
        for scene in self.then:
            learnt = known | call
            await scene.play(api, station, learnt)
            known |= {name: learnt[name] for name in learnt.keys() - call.keys()}

        async def command() -> Any:
            return await api.get(f"/commands/{given['id']}")

        ended = await api.until(command, lambda it: it["state"] not in ("queued", "sent"))
        assert ended["state"] == self.ends, (self.action, ended)
        await self._look(api, station.identity)

    async def _look(self, api: Api, identity: str) -> None:
        if self.kept is not None:
            kind, state = self.kept
            held = await api.all(f"/stations/{identity}/holdings", kind=kind)
            assert state in {it["state"] for it in held}, (self.action, held)
        if self.gone is not None:
            held = await api.all(f"/stations/{identity}/holdings", kind=self.gone)
            assert held == [], self.action


def filled(template: Any, known: Known) -> Any:
    match template:
        case str() if template.startswith("$"):
            return known[template[1:]]
        case dict():
            return {key: filled(value, known) for key, value in template.items()}
        case list():
            return [filled(it, known) for it in template]
        case _:
            return template


def real(golden: Any, known: Known, key: str = "") -> Any:
    """What stands in a golden frame, of this station."""
    match golden:
        case dict():
            return {name: real(value, known, name) for name, value in golden.items()}
        case list():
            return [real(it, known) for it in golden]
        case _ if REAL.get(key) in known:
            return known[REAL[key]]
        case _:
            return golden
