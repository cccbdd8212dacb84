"""What the page of a charging point says now: title, next step, figures, and what can be done.

One state is one set of words; the words are ``driver.phase.*`` and ``driver.place.*``.
"""

from typing import Final

from msgspec import Struct

from ogniwo.app.driving.charges import Look, Mine
from ogniwo.base.units import US_PER_SECOND, Instant
from ogniwo.domain.access import Verdict
from ogniwo.domain.charge_progress import ENDED, FAILED, Phase
from ogniwo.domain.station import Status
from ogniwo.web.driver import figures
from ogniwo.web.texts import Catalogue

STEPS: Final = (Phase.ASKING, Phase.PLUG_IN, Phase.CAR_ANSWERS, Phase.CHARGING)
_UNDER_WAY: Final = frozenset({Phase.ASKING, Phase.PLUG_IN, Phase.CAR_ANSWERS, Phase.STOPPING})
_SOON_S: Final = 2
_CHARGING_S: Final = 5
_IDLE_S: Final = 10

_MARKS: Final = {  # a shape for each: colour alone says nothing to many
    "available": "ok",
    "plugged_in": "plug",
    "charging": "bolt",
    "paused": "pause",
    "finished": "done",
    "reserved": "clock",
    "out_of_service": "no",
    "unknown": "ask",
}
_PLACE: Final = {
    Status.AVAILABLE: "available",
    Status.PREPARING: "plugged_in",
    Status.CHARGING: "charging",
    Status.SUSPENDED_EV: "paused_by_car",
    Status.SUSPENDED_EVSE: "paused_by_station",
    Status.FINISHING: "finished",
    Status.RESERVED: "reserved",
    Status.UNAVAILABLE: "out_of_service",
    Status.FAULTED: "out_of_service",
    Status.UNKNOWN: "unknown",
}


class Figure(Struct, frozen=True):
    name: str
    label: str
    value: str


class Step(Struct, frozen=True):
    label: str
    state: str  # "done", "now" or "next"


class Now(Struct, frozen=True, kw_only=True):
    """``view`` is the same as long as only figures move; ``say`` is for screen readers."""

    view: str
    word: str  # the state of the place in the driver's vocabulary
    mark: str
    title: str
    lead: str
    why: str = ""
    tone: str = "calm"  # calm, good, busy or bad; never without words
    left_s: int | None = None
    steps: list[Step] = []
    figures: list[Figure] = []
    wish: str = ""
    start: bool = False
    start_guest: bool = False
    sign_in: bool = False
    stop: bool = False
    wishing: bool = False
    say: str
    again_s: int


def telling(look: Look, texts: Catalogue, *, signed_in: bool) -> Now:
    mine = look.mine
    if mine is None:
        return _of_place(look, texts, signed_in=signed_in)
    if mine.progress.phase in ENDED and look.refusal is None:
        return _of_mine(look, mine, texts, start=signed_in, start_guest=not signed_in)
    return _of_mine(look, mine, texts)


def _of_place(look: Look, texts: Catalogue, *, signed_in: bool) -> Now:
    """Nothing of the visitor's is going on here."""
    word = _PLACE[look.status] if look.connected else "unknown"
    may_sign_in = not signed_in and look.refusal in {None, "sign_in", "plug_again"}
    start = look.refusal is None
    told = look.refusal not in {None, "sign_in"}
    title = texts.text(f"driver.place.{word}")
    lead = texts.text(f"driver.told.{look.refusal}" if told else f"driver.may.{word}")
    return Now(
        view=f"{word} {look.refusal} {signed_in}",
        word=title,
        mark=_mark(word),
        title=title,
        lead=lead,
        tone="good" if start or look.refusal == "sign_in" else "calm",
        start=start and signed_in,
        start_guest=start and not signed_in and look.guests,
        sign_in=may_sign_in,
        say=f"{title}. {lead}",
        again_s=_IDLE_S,
    )


def _of_mine(
    look: Look, mine: Mine, texts: Catalogue, *, start: bool = False, start_guest: bool = False
) -> Now:
    phase, until = mine.progress.phase, mine.progress.until
    late = mine.progress.late(look.now)
    word = _PLACE[look.status] if look.connected else "unknown"
    title = texts.text(f"driver.phase.{phase.value}.title")
    which = "late" if late and texts.has(f"driver.phase.{phase.value}.late") else "lead"
    lead = texts.text(f"driver.phase.{phase.value}.{which}")
    why = _why(mine, look, texts)
    return Now(
        view=f"{phase.value} {which} {why} {mine.may_stop} {look.refusal} {look.connected}",
        word=texts.text(f"driver.place.{word}"),
        mark=_mark(word),
        title=title,
        lead=lead,
        why=why,
        tone=_tone(phase),
        left_s=_left_s(until, look.now) if phase is Phase.PLUG_IN else None,
        steps=_steps(phase, texts),
        figures=_figures(mine, look, texts),
        wish=_wish(mine, look, texts),
        start=start,
        start_guest=start_guest and look.guests,
        stop=mine.may_stop,
        wishing=phase not in ENDED,
        say=f"{title}. {lead}",
        again_s=_SOON_S if phase in _UNDER_WAY else _CHARGING_S,
    )


def _tone(phase: Phase) -> str:
    if phase in FAILED:
        return "bad"
    if phase in _UNDER_WAY:
        return "busy"
    return "good"


def _mark(word: str) -> str:
    return _MARKS["paused" if word.startswith("paused") else word]


def _why(mine: Mine, look: Look, texts: Catalogue) -> str:
    """Only what is known: nobody is blamed on a guess."""
    session = mine.session
    if not look.connected and mine.progress.phase not in ENDED:
        return texts.text("driver.why.station_away")
    if mine.progress.phase is Phase.NOT_ALLOWED and session is not None:
        verdict = session.verdict or Verdict.UNKNOWN
        return texts.text(f"driver.why.{verdict.value}")
    wanted = mine.wish.energy_wh if mine.wish is not None else None
    reached = wanted is not None and session is not None and (session.energy_wh or 0) >= wanted
    if reached and mine.progress.phase in {Phase.STOPPING, Phase.UNPLUG, Phase.OVER}:
        return texts.text("driver.why.wish_reached")
    return ""


def _left_s(until: Instant | None, now: Instant) -> int | None:
    return None if until is None else max(0, (until - now) // US_PER_SECOND)


def _steps(phase: Phase, texts: Catalogue) -> list[Step]:
    """The way to charging; nothing once it flows or has failed."""
    if phase not in STEPS or phase is Phase.CHARGING:
        return []
    here = STEPS.index(phase)
    states = ["done" if i < here else "now" if i == here else "next" for i in range(len(STEPS))]
    return [
        Step(texts.text(f"driver.step.{it.value}"), state)
        for it, state in zip(STEPS, states, strict=True)
    ]


def _figures(mine: Mine, look: Look, texts: Catalogue) -> list[Figure]:
    session = mine.session
    if session is None or mine.progress.phase in FAILED:
        return []
    ended_at = session.ended_at or look.now
    shown = [
        ("energy", figures.energy(texts, session.energy_wh or 0)),
        ("time", figures.span(ended_at - session.started_at)),
    ]
    if session.running:
        shown.insert(1, ("power", figures.power(texts, session.power_w)))
    if session.soc is not None:
        shown.append(("soc", figures.share(session.soc)))
    return [Figure(name, texts.text(f"driver.figure.{name}"), value) for name, value in shown]


def _wish(mine: Mine, look: Look, texts: Catalogue) -> str:
    wish = mine.wish
    if wish is None or mine.progress.phase in ENDED:
        return ""
    energy = None if wish.energy_wh is None else figures.energy(texts, wish.energy_wh)
    at = wish.departure_at
    departure = None if at is None else figures.clock(at, look.place.time_zone)
    told = [
        texts.text("driver.wish.energy_told", energy=energy) if energy else "",
        texts.text("driver.wish.departure_told", departure=departure) if departure else "",
    ]
    return " ".join(it for it in told if it)
