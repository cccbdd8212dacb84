"""C and D. What a station knows of tokens by itself: its local list and its cache."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from msgspec import Meta, Struct
from msgspec.structs import replace

from ogniwo.base.units import from_instant
from ogniwo.domain.access import Token, TokenStatus, TokenType
from ogniwo.domain.holdings import Held, Holding, Kind
from ogniwo.domain.orders.order import AtHand, Identifier, Moment, Order, Uid, impossible
from ogniwo.domain.people import Right

LIST_KEY: Final = "list"
WHOLE: Final = "whole"  # the state of a list, as the next
PARTIAL: Final = "partial"  # parts of it are still to be sent
CONFLICT: Final = "conflict"  # a station saw that it says other than we do (1.6)
NEVER_LISTED: Final = TokenType.APP  # made by us: no reader of a station reads it
ENTRIES_MAX: Final = 10_000  # of an order; stations hold far fewer
PART_ENTRIES: Final = 50  # at a time, to a station that does not say how many it takes

# What a station says of it: the length of a part, and of the whole list.
PART_MAX: Final = (
    "SendLocalListMaxLength",
    "LocalAuthListCtrlr/ItemsPerMessage",
)
BYTES_MAX: Final = "LocalAuthListCtrlr/BytesPerMessage"
ENTRY_BYTES: Final = 300  # of the longest entry on the wire, about


class ListMode(StrEnum):
    FULL = "full"  # takes the place of the list
    DIFFERENTIAL = "differential"  # adds, changes and, with ``remove``, takes out


class ListEntry(Struct, frozen=True, kw_only=True):
    uid: Uid
    type: TokenType | None = None
    status: TokenStatus = TokenStatus.ACCEPTED
    group: Uid | None = None
    expires_at: Moment | None = None
    remove: bool = False


class ListPlan(Struct, frozen=True, kw_only=True):
    """What exactly is sent to one station, and how much of it the station has taken."""

    version: Identifier  # of the first part
    part_entries: Annotated[int, Meta(ge=1, le=ENTRIES_MAX)] = PART_ENTRIES
    sent: Annotated[int, Meta(ge=0, le=ENTRIES_MAX)] = 0
    on_file: tuple[ListEntry, ...] | None = None  # what is left of them, if none were given


class SendLocalList(Order, frozen=True, kw_only=True, tag="send_local_list"):
    """Give the station tokens to judge by itself, e.g. while it is offline (D01).

    Without entries: all tokens on file but those of apps, which no reader reads. A long list goes
    in parts, whose versions count up.
    """

    right: ClassVar[Right] = Right.OPERATE
    repeatable: ClassVar[bool] = True
    inner: ClassVar[frozenset[str]] = frozenset({"plan"})
    lists_tokens: ClassVar[bool] = True

    mode: ListMode = ListMode.FULL
    entries: Annotated[tuple[ListEntry, ...], Meta(max_length=ENTRIES_MAX)] | None = None
    version: Identifier | None = None
    plan: ListPlan | None = None

    @property
    def ready(self) -> bool:
        return self.plan is not None

    def readied_by(self) -> tuple[tuple[Kind, str], ...]:
        limits = tuple((Kind.VARIABLE, it) for it in (*PART_MAX, BYTES_MAX))
        return ((Kind.LOCAL_LIST, LIST_KEY), *limits)

    def readied(self, at_hand: AtHand) -> Self:
        if self.entries is None and self.mode is ListMode.DIFFERENTIAL:
            impossible("name the entries that change, or use mode full for all on file")
        entries = self.entries or ()
        if self.mode is ListMode.FULL and any(it.remove for it in entries):
            impossible("a full list holds what it names: nothing is left to remove in it")
        if len({it.uid for it in entries}) != len(entries):
            impossible("a token stands in the list twice: name each once")
        return replace(self, plan=self._planned(at_hand.held, at_hand.tokens))

    def _planned(
        self, held: Mapping[tuple[Kind, str], Holding], tokens: Iterable[Token]
    ) -> ListPlan:
        on_file = None if self.entries is not None else tuple(_entry_of(it) for it in tokens)
        if on_file is not None and len(on_file) > ENTRIES_MAX:
            impossible(f"more than {ENTRIES_MAX} tokens are on file: name those of this station")
        return ListPlan(
            version=self.version or self._next_version(held.get((Kind.LOCAL_LIST, LIST_KEY))),
            part_entries=_part_entries(held),
            on_file=on_file,
        )

    def _next_version(self, before: Holding | None) -> int:
        version = before.value if before is not None else None
        if version is not None and version.isdecimal():
            return int(version) + 1
        if self.mode is ListMode.DIFFERENTIAL:
            impossible(
                "which list the station has is not known: send get_local_list_version first, "
                "give a version, or send the list in full"
            )
        return 1

    @property
    def part(self) -> tuple[ListEntry, ...]:
        """What goes into the next call."""
        return self._rest[: self._plan.part_entries]

    @property
    def part_mode(self) -> ListMode:
        return self.mode if self._plan.sent == 0 else ListMode.DIFFERENTIAL

    @property
    def part_version(self) -> int:
        plan = self._plan
        return plan.version + plan.sent // plan.part_entries

    @property
    def more(self) -> Self | None:
        plan = self._plan
        if len(self._rest) <= plan.part_entries:
            return None
        on_file = None if plan.on_file is None else plan.on_file[plan.part_entries :]
        return replace(
            self, plan=replace(plan, sent=plan.sent + plan.part_entries, on_file=on_file)
        )

    @property
    def chosen(self) -> bool:
        """Were the entries named? Of all on file, those that do not fit are left out."""
        return self.entries is not None

    @property
    def _plan(self) -> ListPlan:
        return self.plan or ListPlan(version=self.version or 1)

    @property
    def _rest(self) -> tuple[ListEntry, ...]:
        if self.entries is not None:
            return self.entries[self._plan.sent :]
        return self._plan.on_file or ()

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        full = self.mode is ListMode.FULL
        held = Held(
            kind=Kind.LOCAL_LIST,
            key=LIST_KEY,
            value=str(self.part_version),
            state=PARTIAL if self.more is not None else WHOLE,
            data={"entries": self._plan.sent + len(self.part) if full else None},
        )
        return (held,)


class GetLocalListVersion(Order, frozen=True, kw_only=True, tag="get_local_list_version"):
    """Ask which list the station has; 0 is none (D02)."""

    repeatable: ClassVar[bool] = True


class ClearCache(Order, frozen=True, kw_only=True, tag="clear_cache"):
    """Let the station forget the tokens that it remembers from earlier answers (C11)."""

    right: ClassVar[Right] = Right.OPERATE
    repeatable: ClassVar[bool] = True


def version_held(version: int) -> Held:
    """As the station tells it: 1.6 says -1 for "no list here"."""
    if version > 0:
        return Held(kind=Kind.LOCAL_LIST, key=LIST_KEY, value=str(version), state=WHOLE)
    state = "none" if version == 0 else "not_supported"
    data = {"entries": 0}
    return Held(kind=Kind.LOCAL_LIST, key=LIST_KEY, value="0", state=state, data=data)


def refusal_of(word: str) -> str | None:
    """What to do when a station does not take a list; its words are the same in every version."""
    return _REFUSALS.get(word)


_REFUSALS: Final = {
    "VersionMismatch": "the station has another list than this one builds on: send it in full",
    "Failed": "the station could not take the list: send it in full, perhaps with fewer entries",
    "NotSupported": "the station has no local list",
}


def _entry_of(token: Token) -> ListEntry:
    expires_at = None if token.expires_at is None else from_instant(token.expires_at)
    return ListEntry(
        uid=token.uid,
        type=token.type,
        status=token.status,
        group=token.group,
        expires_at=expires_at,
    )


def _part_entries(held: Mapping[tuple[Kind, str], Holding]) -> int:
    """As many as every limit of the station that is known allows."""
    limits = [_number(held.get((Kind.VARIABLE, it))) for it in PART_MAX]
    most = min((it for it in limits if it is not None), default=PART_ENTRIES)
    bytes_max = _number(held.get((Kind.VARIABLE, BYTES_MAX)))
    if bytes_max is not None:
        most = min(most, bytes_max // ENTRY_BYTES)
    return min(max(most, 1), ENTRIES_MAX)


def _number(held: Holding | None) -> int | None:
    value = None if held is None else held.value
    return int(value) if value is not None and value.isdecimal() and int(value) > 0 else None


Orders = SendLocalList | GetLocalListVersion | ClearCache
