"""A session's story: its events in order, the readings between two of them as one entry. Pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ogniwo.app.views import EventView, SampleView
from ogniwo.web.texts import Language, catalogue
from ogniwo.web.words.events import words_of_event


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """An event of the session, or (`kind` is `readings`) what was measured until the next one."""

    at: datetime
    kind: str
    words: str
    event: EventView | None = None
    readings: int = 0
    energy_wh: int | None = None
    power_w_max: int | None = None


def tell(
    events: Sequence[EventView], samples: Sequence[SampleView], language: Language
) -> list[TimelineEntry]:
    """In the order in which we learnt of them, which ids keep: clocks and queues may disagree."""
    entries: list[TimelineEntry] = []
    left = list(samples)
    for event in events:
        before = [sample for sample in left if int(sample.id) < int(event.id)]
        left = left[len(before) :]
        entries += _summed(before, language)
        entries.append(
            TimelineEntry(
                at=event.at, kind=event.kind, words=words_of_event(event, language), event=event
            )
        )
    return entries + _summed(left, language)


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
        )
    ]
