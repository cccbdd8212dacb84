"""The rows of many units, sorted by what is done with them: what one transaction does.

Rows go by act, not in the order of arrival; what must hold of the order is kept. The later
of two rows with one key stands, and nothing passes a removal, or a change of a person or a token,
in either direction: they divide a batch into stages. Within a stage no act touches what another
one touches.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct

from ogniwo.app.keys import (
    ApiToken,
    ApiTokenRemoved,
    ApiTokensPruned,
    ApiTokenUsed,
    KeysOfPersonRemoved,
)
from ogniwo.app.ports import (
    AttemptsPruned,
    Document,
    DocumentRemoved,
    LastSeen,
    Linked,
    NoteRemoved,
    Row,
    SiteRemoved,
    StationRemoved,
    TokenChanged,
    TokenFreed,
    TokenRemoved,
)
from ogniwo.domain.access import Token
from ogniwo.domain.attempts import ConnectionAttempt
from ogniwo.domain.commands import Command
from ogniwo.domain.drivers import Removed
from ogniwo.domain.events import Event
from ogniwo.domain.holdings import Holding, HoldingsSwept
from ogniwo.domain.job import Job, JobStation
from ogniwo.domain.meter import Sample
from ogniwo.domain.note import Note
from ogniwo.domain.people import (
    AdminKept,
    Person,
    PersonChanged,
    PersonRemoved,
    PersonSignedIn,
)
from ogniwo.domain.repairs import SessionRepair
from ogniwo.domain.session import Progress, Session
from ogniwo.domain.site import QuartersPruned, Site, SiteQuarter
from ogniwo.domain.station import Connector, Station
from ogniwo.domain.station_secret import StationSecret
from ogniwo.domain.telemetry import Telemetry
from ogniwo.domain.trace import Message
from ogniwo.storage import acts, filing
from ogniwo.storage import rows as to_values
from ogniwo.storage.acts import Act
from ogniwo.storage.rows import Values

Step = tuple[Act, Sequence[Values]]
Stage = Sequence[Step]

TOKEN_CHANGED: Final = "token"
KEY_CHANGED: Final = "api_token"  # or what is said of whose it is


class TransactionIdBlock(Struct, frozen=True):
    """Transaction ids ``first`` to ``first + count - 1`` are taken: a second taker is refused."""

    first: int
    count: int


StoredRow = Row | TransactionIdBlock


class _Pile:
    """Rows between two that end a stage, by table."""

    def __init__(self) -> None:
        self.stations: dict[int, Values] = {}
        self.quarters: dict[tuple[int, int], Values] = {}
        self.sites: dict[int, Values] = {}
        self.secrets: dict[int, Values] = {}
        self.connectors: dict[tuple[int, int, int], Values] = {}
        self.sessions: dict[int, Values] = {}
        self.progress: dict[int, Values] = {}
        self.commands: dict[int, Values] = {}
        self.tokens: dict[str, Values] = {}
        self.documents: dict[tuple[str, str], Values] = {}
        self.holdings: dict[tuple[int, str, str], Values] = {}
        self.telemetry: list[Values] = []
        self.jobs: dict[int, Values] = {}
        self.job_stations: dict[tuple[int, int], Values] = {}
        self.notes: list[Values] = []
        self.repairs: list[Values] = []
        self.freed: set[tuple[str, int]] = set()
        self.api_tokens: dict[int, Values] = {}
        self.used: dict[int, Values] = {}
        self.people: list[Values] = []
        self.signed_in: dict[int, Values] = {}
        self.attempts: dict[tuple[str, str, str], tuple[ConnectionAttempt, int, int]] = {}
        self.samples: list[Values] = []
        self.messages: list[Values] = []
        self.events: list[Values] = []
        self.blocks: list[Values] = []
        self.message_heads: dict[int, int] = {}
        self.sample_heads: dict[int, int] = {}
        self.last_seen: dict[int, int] = {}
        self.connected: dict[int, int | None] = {}
        self.plain: dict[Act, dict[Values, Values]] = {}

    def steps(self) -> list[Step]:
        attempts = self.attempts.values()
        changed: list[Values] = [(TOKEN_CHANGED, uid) for uid in self.tokens]
        changed += self.documents
        steps: list[tuple[Act, list[Values]]] = [
            (acts.PUT_STATION, list(self.stations.values())),
            (acts.HAVE_HEAD, [(station_id,) for station_id in self.stations]),
            (acts.PUT_QUARTER, list(self.quarters.values())),
            (acts.PUT_SITE, list(self.sites.values())),
            (acts.PUT_SECRET, list(self.secrets.values())),
            (acts.PUT_CONNECTOR, list(self.connectors.values())),
            (acts.ADD_REPAIR, self.repairs),  # before what it decides on: the books can tell
            (acts.PUT_SESSION, list(self.sessions.values())),
            (acts.PUT_PROGRESS, list(self.progress.values())),
            (acts.PUT_COMMAND, list(self.commands.values())),
            (acts.PUT_TOKEN, list(self.tokens.values())),
            (acts.ADD_CHANGE, changed),
            (acts.PUT_DOCUMENT, list(self.documents.values())),
            (acts.PUT_HOLDING, list(self.holdings.values())),
            (acts.ADD_TELEMETRY, self.telemetry),
            (acts.PUT_JOB, list(self.jobs.values())),
            (acts.PUT_JOB_STATION, list(self.job_stations.values())),
            (acts.ADD_NOTE, self.notes),
            (acts.FREE_TOKEN, list(self.freed)),
            (acts.PUT_API_TOKEN, list(self.api_tokens.values())),
            (acts.USE_API_TOKEN, list(self.used.values())),
            (acts.ADD_PERSON, self.people),
            (acts.SIGN_IN_PERSON, list(self.signed_in.values())),
            (
                acts.COUNT_ATTEMPT,
                [to_values.of_attempt(it, count=n, first_at=at) for it, n, at in attempts],
            ),
            (acts.ADD_SAMPLE, self.samples),
            (acts.ADD_MESSAGE, self.messages),
            (acts.ADD_EVENT, self.events),
            (acts.ADD_BLOCK, self.blocks),
            (acts.PUT_MESSAGE_HEAD, list(self.message_heads.items())),
            (acts.PUT_SAMPLE_HEAD, list(self.sample_heads.items())),
            (acts.PUT_LAST_SEEN, list(self.last_seen.items())),
            (acts.PUT_CONNECTED, list(self.connected.items())),
            *((act, list(rows.values())) for act, rows in self.plain.items()),
        ]
        return [step for step in steps if step[1]]


def stages_of(units: Iterable[Sequence[StoredRow]]) -> list[Stage]:
    stages: list[Stage] = []
    pile = _Pile()
    for rows in units:
        for row in rows:
            file = _FILE.get(type(row))
            if file is not None:
                file(pile, row)
                continue
            stages += [pile.steps(), *_ENDING[type(row)](row)]
            pile = _Pile()
    stages.append(pile.steps())
    return [stage for stage in stages if stage]


def _of_key(key: str) -> Step:
    return acts.ADD_CHANGE, [(KEY_CHANGED, key)]


def _api_token_removed(row: ApiTokenRemoved) -> list[Stage]:
    return [[(acts.REMOVE_API_TOKEN, [(row.secret_hash,)]), _of_key("")]]


def _keys_removed(row: KeysOfPersonRemoved) -> list[Stage]:
    return [[(acts.REMOVE_KEYS, [(row.person_id,)]), _of_key("")]]


def _person_changed(row: PersonChanged) -> list[Stage]:
    return [[(acts.CHANGE_PERSON, [to_values.of_person(row.person)]), _of_key("")]]


def _person_removed(row: PersonRemoved) -> list[Stage]:
    whose = [(row.person_id,)]
    return [[(acts.REMOVE_PERSON, whose), (acts.REMOVE_KEYS, whose), _of_key("")]]


def _admin_kept(row: AdminKept) -> list[Stage]:
    return [[(acts.KEEP_ADMIN, [(row.person_id,)])]]


def _token_changed(row: TokenChanged) -> list[Stage]:
    taken: list[Stage] = []
    if row.before is not None:
        taken = [[(acts.TAKE_TOKEN, [to_values.of_token(row.before)])]]
    added: Stage = [
        (acts.ADD_TOKEN, [to_values.of_token(row.after)]),
        (acts.ADD_CHANGE, [(TOKEN_CHANGED, row.after.uid)]),
    ]
    return [*taken, added]


def _token_removed(row: TokenRemoved) -> list[Stage]:
    return [[(acts.REMOVE_TOKEN, [(row.uid,)]), (acts.ADD_CHANGE, [(TOKEN_CHANGED, row.uid)])]]


def _document_removed(row: DocumentRemoved) -> list[Stage]:
    which = [(row.kind, row.key)]
    return [[(acts.REMOVE_DOCUMENT, which), (acts.ADD_CHANGE, which)]]


def _holdings_swept(row: HoldingsSwept) -> list[Stage]:
    return [[(acts.SWEEP_HOLDINGS, [(row.station_id, row.kind.value, row.before)])]]


def _station_removed(row: StationRemoved) -> list[Stage]:
    removed = (acts.MARK_STATION_REMOVED, acts.REMOVE_SECRET, acts.REMOVE_CONNECTORS)
    return [[(act, [(row.station_id,)]) for act in removed]]


def _quarters_pruned(row: QuartersPruned) -> list[Stage]:
    return [[(acts.PRUNE_QUARTERS, [(row.before,)])]]


def _site_removed(row: SiteRemoved) -> list[Stage]:
    return [[(acts.REMOVE_SITE, [(row.site_id,)])]]


def _api_tokens_pruned(row: ApiTokensPruned) -> list[Stage]:
    return [[(acts.PRUNE_API_TOKENS, [(row.before,)])]]


def _attempts_pruned(row: AttemptsPruned) -> list[Stage]:
    return [[(acts.PRUNE_ATTEMPTS, [(row.before,)])], [(acts.KEEP_ATTEMPTS, [(row.newest_kept,)])]]


def _note_removed(row: NoteRemoved) -> list[Stage]:
    return [[(acts.REMOVE_NOTE, [(row.note_id,)])]]


def _removed(row: Removed) -> list[Stage]:
    return [[(acts.REMOVE_PLAIN[filing.TABLES[row.kind]], [row.key])]]


def _message(pile: _Pile, row: Message) -> None:
    pile.messages.append(to_values.of_message(row))
    pile.message_heads[row.station_id] = row.id


def _sample(pile: _Pile, row: Sample) -> None:
    pile.samples.append(to_values.of_sample(row))
    if row.session_id is None:
        pile.sample_heads[row.station_id] = row.id


def _progress(pile: _Pile, row: Progress) -> None:
    session = row.session
    if session.id in pile.sessions:
        pile.sessions[session.id] = to_values.of_session(session)
    else:
        pile.progress[session.id] = to_values.of_progress(session)


def _session(pile: _Pile, row: Session) -> None:
    pile.progress.pop(row.id, None)
    pile.sessions[row.id] = to_values.of_session(row)


def _station(pile: _Pile, row: Station) -> None:
    pile.stations[row.id] = to_values.of_station(row)


def _quarter(pile: _Pile, row: SiteQuarter) -> None:
    pile.quarters[row.at, row.site_id] = to_values.of_quarter(row)


def _site(pile: _Pile, row: Site) -> None:
    pile.sites[row.id] = to_values.of_site(row)


def _secret(pile: _Pile, row: StationSecret) -> None:
    pile.secrets[row.station_id] = to_values.of_secret(row)


def _connector(pile: _Pile, row: Connector) -> None:
    key = row.station_id, row.evse, row.connector
    pile.connectors[key] = to_values.of_connector(row)


def _command(pile: _Pile, row: Command) -> None:
    pile.commands[row.id] = to_values.of_command(row)


def _holding(pile: _Pile, row: Holding) -> None:
    key = row.station_id, row.kind.value, row.key
    values = to_values.of_holding(row)
    before = pile.holdings.get(key)
    if before is not None:
        values = tuple(old if new is None else new for old, new in zip(before, values, strict=True))
    pile.holdings[key] = values


def _telemetry(pile: _Pile, row: Telemetry) -> None:
    pile.telemetry.append(to_values.of_telemetry(row))


def _job(pile: _Pile, row: Job) -> None:
    pile.jobs[row.id] = to_values.of_job(row)


def _job_station(pile: _Pile, row: JobStation) -> None:
    pile.job_stations[row.job_id, row.place] = to_values.of_job_station(row)


def _note(pile: _Pile, row: Note) -> None:
    pile.notes.append(to_values.of_note(row))


def _repair(pile: _Pile, row: SessionRepair) -> None:
    pile.repairs.append(to_values.of_repair(row))


def _document(pile: _Pile, row: Document) -> None:
    pile.documents[row.kind, row.key] = to_values.of_document(row)


def _token(pile: _Pile, row: Token) -> None:
    pile.tokens[row.uid] = to_values.of_token(row)


def _freed(pile: _Pile, row: TokenFreed) -> None:
    pile.freed.add((row.uid, row.station_id))


def _api_token(pile: _Pile, row: ApiToken) -> None:
    pile.used.pop(row.id, None)
    pile.api_tokens[row.id] = to_values.of_api_token(row)


def _used(pile: _Pile, row: ApiTokenUsed) -> None:
    if row.token_id not in pile.api_tokens:
        pile.used[row.token_id] = (row.at, row.expires_at, row.token_id)


def _person(pile: _Pile, row: Person) -> None:
    pile.people.append(to_values.of_person(row))


def _signed_in(pile: _Pile, row: PersonSignedIn) -> None:
    pile.signed_in[row.person_id] = (row.at, row.person_id)


def _event(pile: _Pile, row: Event) -> None:
    pile.events.append(to_values.of_event(row))


def _block(pile: _Pile, row: TransactionIdBlock) -> None:
    pile.blocks.append((row.first, row.count))


def _last_seen(pile: _Pile, row: LastSeen) -> None:
    pile.last_seen[row.station_id] = row.at


def _linked(pile: _Pile, row: Linked) -> None:
    pile.connected[row.station_id] = row.since


def _attempt(pile: _Pile, row: ConnectionAttempt) -> None:
    key = row.identity, row.reason, to_values.host_of(row.peer)
    _, count, first_at = pile.attempts.get(key, (row, 0, row.at))
    pile.attempts[key] = (row, count + 1, first_at)


def _plain(pile: _Pile, row: filing.AnyStruct) -> None:
    table = filing.TABLES[type(row)]
    rows = pile.plain.setdefault(acts.PUT_PLAIN[table], {})
    rows[filing.key_of(row, table)] = filing.values_of(row, table)


_FILE: Final[dict[type, Callable[..., None]]] = {  # each takes the type it stands under
    Message: _message,
    Sample: _sample,
    Progress: _progress,
    Session: _session,
    Station: _station,
    Site: _site,
    SiteQuarter: _quarter,
    StationSecret: _secret,
    Connector: _connector,
    Command: _command,
    Token: _token,
    TokenFreed: _freed,
    ApiToken: _api_token,
    ApiTokenUsed: _used,
    Person: _person,
    PersonSignedIn: _signed_in,
    Event: _event,
    ConnectionAttempt: _attempt,
    LastSeen: _last_seen,
    Linked: _linked,
    TransactionIdBlock: _block,
    Holding: _holding,
    Telemetry: _telemetry,
    Document: _document,
    Job: _job,
    JobStation: _job_station,
    Note: _note,
    SessionRepair: _repair,
    **dict.fromkeys(filing.TABLES, _plain),
}

# Removals, and what must hold of rows as they are by then: what came before is done before.
_ENDING: Final[dict[type, Callable[..., list[Stage]]]] = {
    TokenChanged: _token_changed,
    TokenRemoved: _token_removed,
    DocumentRemoved: _document_removed,
    HoldingsSwept: _holdings_swept,
    StationRemoved: _station_removed,
    SiteRemoved: _site_removed,
    QuartersPruned: _quarters_pruned,
    ApiTokenRemoved: _api_token_removed,
    ApiTokensPruned: _api_tokens_pruned,
    KeysOfPersonRemoved: _keys_removed,
    PersonChanged: _person_changed,
    PersonRemoved: _person_removed,
    AdminKept: _admin_kept,
    AttemptsPruned: _attempts_pruned,
    NoteRemoved: _note_removed,
    Removed: _removed,
}
