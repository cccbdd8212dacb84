"""Walking back along ``prev``: the readings and messages of one station or session.

Each step is a look-up by primary key, so a trail costs what is read of it, however much
other stations wrote in between. A trail ends where retention has cut it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import (
    CTE,
    BindParameter,
    Connection,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
    union_all,
)

from ogniwo.base.limits import RECENT_READINGS_MAX
from ogniwo.storage.schema import message, sample, session, station_head

MESSAGES_WALKED_MAX: Final = 20_000  # for one page; the next goes on where this one stopped


def messages_back() -> CTE:
    """From ``:start`` back to ``:lowest``, without the texts: a step reads no more than it must."""
    columns = (
        message.c.id,
        message.c.prev,
        message.c.at,
        message.c.action,
        message.c.session_id,
        message.c.direction,
        message.c.message_id,
        message.c.answered,
        message.c.notes,
    )
    walked = (
        select(*columns, literal(1).label("step"))
        .where(message.c.id == bindparam("start"), message.c.id >= bindparam("lowest"))
        .cte("walked", recursive=True)
    )
    return walked.union_all(
        select(*columns, walked.c.step + 1).where(
            message.c.id == walked.c.prev,
            message.c.id >= bindparam("lowest"),
            walked.c.step < MESSAGES_WALKED_MAX,
        )
    )


def samples_back() -> CTE:
    """A session's trail from ``:start``."""
    walked = (
        select(sample.c.id, sample.c.prev, literal(1).label("step"))
        .where(sample.c.id == bindparam("start"))
        .cte("walked", recursive=True)
    )
    return walked.union_all(
        select(sample.c.id, sample.c.prev, walked.c.step + 1).where(
            sample.c.id == walked.c.prev, sample.c.id > bindparam("after")
        )
    )


def _digests() -> Select[tuple[int, int, str, str]]:
    """Of many trails at once, one row for each: the driver gives up the interpreter at every row.

    ``root`` is the session's id, or 0 for the readings of a station outside sessions.
    """
    stations: BindParameter[Sequence[int]] = bindparam("stations", expanding=True)
    ends = union_all(
        select(
            session.c.station_id, session.c.id.label("root"), session.c.sample_head.label("head")
        ).where(session.c.station_id.in_(stations), session.c.is_open),
        select(
            station_head.c.station_id, literal(0).label("root"), station_head.c.sample_head
        ).where(station_head.c.station_id.in_(stations)),
    ).subquery("ends")
    read = (sample.c.prev, sample.c.digest)
    walked = (
        select(ends.c.station_id, ends.c.root, *read, literal(1).label("step"))
        .where(sample.c.id == ends.c.head)
        .cte("walked", recursive=True)
    )
    walked = walked.union_all(
        select(walked.c.station_id, walked.c.root, *read, walked.c.step + 1).where(
            sample.c.id == walked.c.prev, walked.c.step < RECENT_READINGS_MAX
        )
    )
    return (
        select(
            walked.c.station_id,
            walked.c.root,
            func.aggregate_strings(cast(walked.c.step, Text), ",").label("steps"),
            func.aggregate_strings(cast(walked.c.digest, Text), ",").label("digests"),
        )
        .where(walked.c.digest != 0)  # 2.x needs none
        .group_by(walked.c.station_id, walked.c.root)
    )


DIGESTS: Final = _digests()


def _digests_of_session() -> Select[tuple[int]]:
    columns = (sample.c.prev, sample.c.digest)
    head = select(session.c.sample_head).where(session.c.id == bindparam("session"))
    walked = (
        select(*columns, literal(1).label("step"))
        .where(sample.c.id == head.scalar_subquery())
        .cte("walked", recursive=True)
    )
    walked = walked.union_all(
        select(*columns, walked.c.step + 1).where(
            sample.c.id == walked.c.prev, walked.c.step < RECENT_READINGS_MAX
        )
    )
    return select(walked.c.digest).where(walked.c.digest != 0).order_by(walked.c.step.desc())


DIGESTS_OF_SESSION: Final = _digests_of_session()
"""Of one session, oldest first."""


def recent_digests(
    connection: Connection, stations: Sequence[int]
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """(station, its (session or 0, digest) pairs, oldest first), a station perhaps repeatedly."""
    for row in connection.execute(DIGESTS, {"stations": stations}):
        steps = [int(step) for step in row.steps.split(",")]
        digests = [int(digest) for digest in row.digests.split(",")]
        if steps != sorted(steps):  # engines do not promise the order in which they aggregate
            digests = [digest for _, digest in sorted(zip(steps, digests, strict=True))]
        yield row.station_id, [(row.root, digest) for digest in reversed(digests)]
