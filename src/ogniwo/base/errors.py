"""The root of every error of ours, and the check that survives ``python -O``.

OgniwoError
├── InvariantError        a thing that must hold did not: our bug, ends the unit of work
├── UsageError            the person asked for something impossible: says what to do (exit code 2)
├── RefusedError          a rule of the domain said no (HTTP 409)
└── MissingError          the thing named does not exist (HTTP 404)
"""


class OgniwoError(Exception):
    """Root of all errors raised on purpose."""


class InvariantError(OgniwoError):
    def __init__(self, claim: str, facts: dict[str, object]) -> None:
        detail = ", ".join(f"{name}={value!r}" for name, value in facts.items())
        super().__init__(f"{claim} ({detail})" if detail else claim)
        self.claim = claim
        self.facts = facts


class UsageError(OgniwoError):
    """One sentence for a person, saying what to do."""


class RefusedError(OgniwoError):
    """A rule said no; ``code`` is stable for programs, the text is for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class MissingError(OgniwoError):
    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name!r}")
        self.kind = kind
        self.name = name


def invariant(holds: bool, claim: str, **facts: object) -> None:  # noqa: FBT001 - reads as a claim
    if not holds:
        raise InvariantError(claim, facts)
