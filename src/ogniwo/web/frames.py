"""What the live stream says: server-sent events, each encoded once for all who want the same.

A frame holds things that may be somebody's business or not. Its text is made for whoever asks
first and kept: clients who follow everything share one, and so do those with the same filter.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from ogniwo.app.views import EventView, MessageView
from ogniwo.base.units import US_PER_MS
from ogniwo.base.wire_text import read_frame
from ogniwo.domain.events import ABOUT_PEOPLE
from ogniwo.domain.people import Sites
from ogniwo.web.ports import LiveBatch, MessageLive
from ogniwo.web.texts import Language
from ogniwo.web.words.events import words_of_event
from ogniwo.web.words.messages import words_of_message

EVENTS: Final = "events"
MESSAGES: Final = "messages"
OVERVIEW: Final = "overview"
MOVING: Final = frozenset({"sessions", "stations", "commands", "attempts"})
TOPICS: Final = frozenset({EVENTS, MESSAGES, OVERVIEW}) | MOVING
USUAL: Final = frozenset({EVENTS, "sessions", "stations"})
RESYNC: Final = "resync"

Make = Callable[[Language], bytes]


class Following(Struct, frozen=True, kw_only=True):
    """What a client wants to be told, and may be."""

    topics: frozenset[str] = USUAL
    station_id: str | None = None
    session_id: str | None = None
    action: str | None = None  # of messages
    sites: Sites | None = None  # that it is limited to
    people: bool = False  # may it be told who is let in?
    time_zone: str = "UTC"  # whose midnight the overview counts from
    language: Language = Language.EN

    @property
    def all(self) -> bool:
        """Does it want everything of its topics?"""
        return self.station_id is None and self.session_id is None and self.action is None


class EventWithWords(EventView, frozen=True, kw_only=True):
    """A durable event and what it means, in the language asked for."""

    words: str | None = None


class MessageWithWords(MessageView, frozen=True, kw_only=True):
    """One call and its answer; `words` tells it in the language asked for."""

    words: str


class MessageNow(MessageWithWords, frozen=True, kw_only=True):
    """A message as it crossed; `cut` where its texts are too long for the stream."""

    cut: bool = False


class Part(Struct, eq=False, kw_only=True):
    """One thing in a frame, and whose business it is."""

    station_id: str | None
    session_id: str | None
    action: str | None = None
    make: Make
    texts: dict[Language, bytes] = {}

    def text(self, language: Language) -> bytes:
        if (text := self.texts.get(language)) is None:
            text = self.texts[language] = self.make(language)
        return text

    def concerns(self, who: Following) -> bool:
        return (
            who.station_id in {None, self.station_id}
            and who.session_id in {None, self.session_id}
            and who.action in {None, self.action}
        )


class Frame:
    """One server-sent event: a single thing, or a list."""

    __slots__ = (
        "_by",
        "_everybodys",
        "_listed",
        "_parts",
        "_people",
        "_texts",
        "event_id",
        "kind",
        "topic",
    )

    def __init__(
        self,
        topic: str,
        parts: Sequence[Part],
        *,
        kind: str | None = None,
        event_id: str | None = None,
        listed: bool = True,
        everybodys: bool = False,
        people: bool = False,
    ) -> None:
        self.topic = topic
        self.kind = kind or topic
        self.event_id = event_id
        self._listed = listed
        self._everybodys = everybodys
        self._people = people
        self._parts = parts
        self._texts: dict[tuple[object, ...], bytes] = {}
        self._by: dict[str, Mapping[str | None, list[Part]]] = {}

    def text(self, who: Following) -> bytes:
        """Empty where nothing of it is the client's business."""
        if self._people and not who.people:
            return b""
        key = who.language, who.station_id, who.session_id, who.action
        if (text := self._texts.get(key)) is None:
            texts = [part.text(who.language) for part in self._chosen(who)]
            text = self._texts[key] = self._framed(texts) if texts else b""
        return text

    def _chosen(self, who: Following) -> Iterable[Part]:
        if who.all or self._everybodys:
            return self._parts
        candidates = self._parts
        if who.session_id is not None:
            candidates = self._index("session_id").get(who.session_id, [])
        elif who.station_id is not None:
            candidates = self._index("station_id").get(who.station_id, [])
        return [part for part in candidates if part.concerns(who)]

    def _index(self, name: str) -> Mapping[str | None, list[Part]]:
        """A client that follows one station does not look at all of them."""
        if (index := self._by.get(name)) is None:
            index = defaultdict(list)
            for part in self._parts:
                index[getattr(part, name)].append(part)
            self._by[name] = index
        return index

    def _framed(self, texts: list[bytes]) -> bytes:
        data = b",".join(texts)
        head = f"id: {self.event_id}\n" if self.event_id else ""
        head += f"event: {self.kind}\ndata: "
        return head.encode() + (b"[" + data + b"]" if self._listed else data) + b"\n\n"


def plain_frame(topic: str, data: object, *, kind: str | None = None) -> Frame:
    """For everybody who follows the topic."""
    text = msgspec.json.encode(data)
    part = Part(station_id=None, session_id=None, make=lambda _: text)
    return Frame(topic, [part], kind=kind, listed=False, everybodys=True)


def event_frame(event: EventView) -> Frame:
    def make(language: Language) -> bytes:
        return msgspec.json.encode(with_words(event, language))

    part = Part(station_id=event.station_id, session_id=event.session_id, make=make)
    people = event.kind in ABOUT_PEOPLE
    return Frame(EVENTS, [part], kind="event", event_id=event.id, listed=False, people=people)


def frames_of(batch: LiveBatch) -> list[Frame]:
    frames = [event_frame(event) for event in batch.events]
    moved = {
        "sessions": [_part(it, it.station_id, it.id) for it in batch.sessions],
        "stations": [_part(it, it.id) for it in batch.stations],
        "commands": [_part(it, it.station_id) for it in batch.commands],
        "attempts": [_part(it, it.identity) for it in batch.attempts],
        MESSAGES: [_message_part(it) for it in batch.messages],
    }
    frames += [Frame(topic, parts) for topic, parts in moved.items() if parts]
    if batch.skipped:
        frames.append(plain_frame(MESSAGES, {"messages": batch.skipped}, kind="skipped"))
    return frames


def narrowed(batch: LiveBatch, identities: frozenset[str]) -> LiveBatch:
    """What is of these stations; refused strangers are of none."""
    return LiveBatch(
        events=[it for it in batch.events if it.station_id in identities],
        sessions=[it for it in batch.sessions if it.station_id in identities],
        stations=[it for it in batch.stations if it.id in identities],
        commands=[it for it in batch.commands if it.station_id in identities],
        attempts=[it for it in batch.attempts if it.identity in identities],
        messages=[it for it in batch.messages if it.station_id in identities],
    )


def with_words(event: EventView, language: Language) -> EventWithWords:
    return EventWithWords(**asdict(event), words=words_of_event(event, language))


def _part(it: Struct, station_id: str, session_id: str | None = None) -> Part:
    text = msgspec.json.encode(it)
    return Part(station_id=station_id, session_id=session_id, make=lambda _: text)


def _message_part(it: MessageLive) -> Part:
    def make(language: Language) -> bytes:
        view = MessageView(
            id=it.id,
            station_id=it.station_id,
            session_id=it.session_id,
            direction=it.direction.value,
            action=it.action,
            message_id=it.message_id,
            at=it.at,
            latency_ms=it.latency_us / US_PER_MS,
            call=None if it.cut else read_frame(it.call),
            answer=None if it.answer is None else read_frame(it.answer),
            answered=it.answered,
            notes=it.notes,
        )
        words = words_of_message(view, language)
        return msgspec.json.encode(MessageNow(**asdict(view), words=words, cut=it.cut))

    return Part(
        station_id=it.station_id,
        session_id=it.session_id,
        action=it.action,
        make=make,
    )
