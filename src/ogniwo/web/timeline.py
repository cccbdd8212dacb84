"""A session's story: its events in order, the readings between two of them as one entry. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from ogniwo.app.views import EventView, SampleView, SessionView
from ogniwo.domain.session_events import HAPPENED_AT
from ogniwo.web.texts import Language, catalogue
from ogniwo.web.words.events import words_of_event

LATE: Final = timedelta(minutes=1)  # clocks that differ by less are right, links are slower


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """An event of the session, or (`kind` is `readings`) what was measured until the next one.

    `at` is the station's time of it; `received_at` is there where we heard of it over a minute
    later, or earlier.
    """

    at: datetime
    kind: str
    words: str
    event: EventView | None = None
    readings: int = 0
    energy_wh: int | None = None
    power_w_max: int | None = None
    received_at: datetime | None = None


def tell(
    session: SessionView,
    events: Sequence[EventView],
    samples: Sequence[SampleView],
    language: Language,
) -> list[TimelineEntry]:
    """In the order in which it happened at the station; of one moment, as we learnt of it."""
    entries: list[TimelineEntry] = []
    left = sorted(samples, key=lambda it: (it.at, int(it.id)))
    for at, event in sorted(
        ((_happened_at(it, session), it) for it in events), key=lambda it: (it[0], int(it[1].id))
    ):
        before = [it for it in left if (it.at, int(it.id)) < (at, int(event.id))]
        left = left[len(before) :]
        entries += _summed(before, language)
        entries.append(
            TimelineEntry(
                at=at,
                received_at=_apart(at, event.at),
                kind=event.kind,
                words=words_of_event(event, language),
                event=event,
            )
        )
    return entries + _summed(left, language)


def _happened_at(event: EventView, session: SessionView) -> datetime:
    told = event.data.get(HAPPENED_AT)
    if isinstance(told, str):
        return datetime.fromisoformat(told)
    if event.kind == "session_started":  # of events that were stored before they said it
        return session.started_at
    if event.kind == "session_ended":
        return session.ended_at or event.at
    if event.kind == "session_changed" and session.ended_at is not None:
        return min(event.at, session.ended_at)  # told without a time: while it ran, at any rate
    return event.at


def _apart(at: datetime, received_at: datetime) -> datetime | None:
    return received_at if abs(received_at - at) > LATE else None


def _summed(samples: Sequence[SampleView], language: Language) -> list[TimelineEntry]:
    if not samples:
        return []
    texts = catalogue(language)
    registers = [sample.energy_wh for sample in samples if sample.energy_wh is not None]
    energy_wh = registers[-1] - registers[0] if registers else None
    power_w = max(
        (sample.power_w for sample in samples if sample.power_w is not None), default=None
    )
    words = texts.text(
        "timeline.readings",
        count=str(len(samples)),
        energy="" if energy_wh is None else texts.number(energy_wh / 1000, 3) + "\u00a0kWh",
        power="" if power_w is None else texts.number(power_w / 1000, 1) + "\u00a0kW",
    )
    return [
        TimelineEntry(
            at=samples[0].at,
            kind="readings",
            words=words,
            readings=len(samples),
            energy_wh=energy_wh,
            power_w_max=power_w,
            received_at=_apart(samples[0].at, samples[0].received_at),
        )
    ]
