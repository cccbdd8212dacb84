"""The rows of many units as few statements: what one transaction of the writer does.

Rows go by table, not in the order of arrival; what must hold of the order is kept. The later
of two rows with one key stands, and nothing passes a removal in either direction.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct

from ogniwo.app.ports import (
    ApiToken,
    AttemptsPruned,
    LastSeen,
    Row,
    StationRemoved,
    StationSecret,
    TokenRemoved,
)
from ogniwo.domain.access import Token
from ogniwo.domain.attempts import ConnectionAttempt
from ogniwo.domain.commands import Command
from ogniwo.domain.events import Event
from ogniwo.domain.meter import Sample
from ogniwo.domain.session import Progress, Session
from ogniwo.domain.station import Connector, Station
from ogniwo.domain.trace import Message
from ogniwo.storage import rows as to_values
from ogniwo.storage import statements
from ogniwo.storage.rows import Values
from ogniwo.storage.statements import Statement

Step = tuple[Statement, Sequence[Values]]


class TransactionIdBlock(Struct, frozen=True):
    """Transaction ids ``first`` to ``first + count - 1`` are taken: a second taker is refused."""

    first: int
    count: int


StoredRow = Row | TransactionIdBlock


class _Stage:
    """Rows between two removals, by table."""

    def __init__(self) -> None:
        self.stations: dict[int, Values] = {}
        self.secrets: dict[int, Values] = {}
        self.connectors: dict[tuple[int, int, int], Values] = {}
        self.sessions: dict[int, Values] = {}
        self.progress: dict[int, Values] = {}
        self.commands: dict[int, Values] = {}
        self.tokens: dict[str, Values] = {}
        self.api_tokens: dict[int, Values] = {}
        self.attempts: dict[tuple[str, str, str], tuple[ConnectionAttempt, int, int]] = {}
        self.samples: list[Values] = []
        self.messages: list[Values] = []
        self.events: list[Values] = []
        self.blocks: list[Values] = []
        self.message_heads: dict[int, int] = {}
        self.sample_heads: dict[int, int] = {}
        self.last_seen: dict[int, int] = {}

    def steps(self) -> list[Step]:
        attempts = self.attempts.values()
        steps: list[tuple[Statement, list[Values]]] = [
            (statements.PUT_STATION, list(self.stations.values())),
            (statements.PUT_SECRET, list(self.secrets.values())),
            (statements.PUT_CONNECTOR, list(self.connectors.values())),
            (statements.PUT_SESSION, list(self.sessions.values())),
            (statements.PUT_PROGRESS, list(self.progress.values())),
            (statements.PUT_COMMAND, list(self.commands.values())),
            (statements.PUT_TOKEN, list(self.tokens.values())),
            (statements.PUT_API_TOKEN, list(self.api_tokens.values())),
            (
                statements.COUNT_ATTEMPT,
                [to_values.of_attempt(it, count=n, first_at=at) for it, n, at in attempts],
            ),
            (statements.ADD_SAMPLE, self.samples),
            (statements.ADD_MESSAGE, self.messages),
            (statements.ADD_EVENT, self.events),
            (statements.ADD_BLOCK, self.blocks),
            (statements.PUT_MESSAGE_HEAD, list(self.message_heads.items())),
            (statements.PUT_SAMPLE_HEAD, list(self.sample_heads.items())),
            (statements.PUT_LAST_SEEN, list(self.last_seen.items())),
        ]
        return [step for step in steps if step[1]]


def steps_of(units: Iterable[Sequence[StoredRow]]) -> list[Step]:
    steps: list[Step] = []
    stage = _Stage()
    for rows in units:
        for row in rows:
            file = _FILE.get(type(row))
            if file is not None:
                file(stage, row)
                continue
            steps += stage.steps()
            stage = _Stage()
            steps += _removal(row)
    return steps + stage.steps()


def _removal(row: StoredRow) -> list[Step]:
    match row:
        case TokenRemoved(uid):
            return [(statements.REMOVE_TOKEN, [(uid,)])]
        case StationRemoved(station_id):
            return [(statement, [(station_id,)]) for statement in statements.REMOVE_STATION]
        case AttemptsPruned(before, newest_kept):
            given = (before, newest_kept)
            pruned = zip(statements.PRUNE_ATTEMPTS, given, strict=True)
            return [(statement, [(value,)]) for statement, value in pruned]
        case _:
            raise TypeError(f"no table for {type(row).__name__}")


def _message(stage: _Stage, row: Message) -> None:
    stage.messages.append(to_values.of_message(row))
    stage.message_heads[row.station_id] = row.id


def _sample(stage: _Stage, row: Sample) -> None:
    stage.samples.append(to_values.of_sample(row))
    if row.session_id is None:
        stage.sample_heads[row.station_id] = row.id


def _progress(stage: _Stage, row: Progress) -> None:
    session = row.session
    if session.id in stage.sessions:
        stage.sessions[session.id] = to_values.of_session(session)
    else:
        stage.progress[session.id] = to_values.of_progress(session)


def _session(stage: _Stage, row: Session) -> None:
    stage.progress.pop(row.id, None)
    stage.sessions[row.id] = to_values.of_session(row)


def _station(stage: _Stage, row: Station) -> None:
    stage.stations[row.id] = to_values.of_station(row)


def _secret(stage: _Stage, row: StationSecret) -> None:
    stage.secrets[row.station_id] = to_values.of_secret(row)


def _connector(stage: _Stage, row: Connector) -> None:
    key = row.station_id, row.evse, row.connector
    stage.connectors[key] = to_values.of_connector(row)


def _command(stage: _Stage, row: Command) -> None:
    stage.commands[row.id] = to_values.of_command(row)


def _token(stage: _Stage, row: Token) -> None:
    stage.tokens[row.uid] = to_values.of_token(row)


def _api_token(stage: _Stage, row: ApiToken) -> None:
    stage.api_tokens[row.id] = to_values.of_api_token(row)


def _event(stage: _Stage, row: Event) -> None:
    stage.events.append(to_values.of_event(row))


def _block(stage: _Stage, row: TransactionIdBlock) -> None:
    stage.blocks.append((row.first, row.count))


def _last_seen(stage: _Stage, row: LastSeen) -> None:
    stage.last_seen[row.station_id] = row.at


def _attempt(stage: _Stage, row: ConnectionAttempt) -> None:
    key = row.identity, row.reason, to_values.host_of(row.peer)
    _, count, first_at = stage.attempts.get(key, (row, 0, row.at))
    stage.attempts[key] = (row, count + 1, first_at)


# Removals are not in it: they end a stage.
_FILE: Final[dict[type, Callable[..., None]]] = {  # each takes the type it stands under
    Message: _message,
    Sample: _sample,
    Progress: _progress,
    Session: _session,
    Station: _station,
    StationSecret: _secret,
    Connector: _connector,
    Command: _command,
    Token: _token,
    ApiToken: _api_token,
    Event: _event,
    ConnectionAttempt: _attempt,
    LastSeen: _last_seen,
    TransactionIdBlock: _block,
}
