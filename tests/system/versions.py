"""The three kinds of stations, for tests that hold for each of them."""

from itertools import count

from tests.system.station import Station
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.station201 import Station201

KINDS: list[type[Station]] = [Station16, Station201, Station21]
KINDS_2X: list[type[Station201]] = [Station201, Station21]

_numbers = count(1)


def a_name(kind: type[Station] | None = None) -> str:
    """An identity nobody had before in this run."""
    version = "" if kind is None else kind.version.removeprefix("ocpp").replace(".", "") + "-"
    return f"ST-{version}{next(_numbers):03}"


def a_token() -> str:
    """The uid of a card with seven bytes, as readers show it."""
    return f"04A1B2C3{next(_numbers):06X}"
