"""One stage of a batch as PostgreSQL's writer sends it: its shape, and the values for it."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from msgspec import Struct

from ogniwo.storage import acts
from ogniwo.storage.acts import Act
from ogniwo.storage.batch import Stage, Step
from ogniwo.storage.pg_statements import Shape, WholeRows, is_whole
from ogniwo.storage.rows import Values

# Several nodes write these under the same keys at the same time: always in the same order, so
# that they wait for each other and never in a circle.
_ORDER: Final[Mapping[Act, Callable[[Values], Any]]] = {
    acts.PUT_STATION: itemgetter(0),
    acts.PUT_COMMAND: itemgetter(0),
    acts.PUT_JOB: itemgetter(0),
    acts.PUT_JOB_STATION: itemgetter(0, 1),
    acts.PUT_TOKEN: itemgetter(0),
    acts.FREE_TOKEN: itemgetter(0),
    acts.COUNT_ATTEMPT: itemgetter(1, 2, 3),
    **dict.fromkeys(acts.PUT_PLAIN.values(), itemgetter(0)),
}


class PgStage(Struct, frozen=True, kw_only=True):
    shape: Shape
    heads: Sequence[Values]
    steps: Sequence[Step]
    fenced: int  # how many fences must hold
    exact: int  # how many rows must be on file to be changed

    def parameters(self, whole_rows: WholeRows) -> list[object]:
        """For the text of the shape; those of its number come after them."""
        given: list[object] = [*zip(*self.heads, strict=True)]
        for act, rows in self.steps:
            if is_whole(act, whole_rows):
                given.append(rows)
            else:
                given += zip(*rows, strict=True)
        return given


def pg_stage(stage: Stage, fences: Mapping[int, int], *, numbered: bool) -> PgStage:
    steps = [
        (act, sorted(rows, key=_ORDER[act]) if act in _ORDER else rows)
        for act, rows in stage
        if act not in acts.HEADS
    ]
    heads = _heads(stage, fences)
    return PgStage(
        shape=Shape(
            acts=tuple(act for act, _ in steps),
            heads=bool(heads),
            new_heads=any(it[1] is None for it in heads),
            numbered=numbered,
        ),
        heads=heads,
        steps=steps,
        fenced=len(fences),
        exact=sum(len(rows) for act, rows in steps if act.exact),
    )


def _heads(stage: Stage, fences: Mapping[int, int]) -> list[Values]:
    """One row for each station, in the order in which everybody locks them."""
    by_act: dict[Act, dict[Any, Any]] = {
        act: {row[0]: row[-1] for row in rows} for act, rows in stage if act in acts.HEADS
    }
    messages, samples, seen, linked, made = (
        by_act.get(act, {})
        for act in (
            acts.PUT_MESSAGE_HEAD,
            acts.PUT_SAMPLE_HEAD,
            acts.PUT_LAST_SEEN,
            acts.PUT_CONNECTED,
            acts.HAVE_HEAD,
        )
    )
    stations = sorted({*fences, *messages, *samples, *seen, *linked, *made})
    return [
        (
            it,
            fences.get(it),
            messages.get(it),
            samples.get(it),
            seen.get(it),
            it in linked,
            linked.get(it),
        )
        for it in stations
    ]
