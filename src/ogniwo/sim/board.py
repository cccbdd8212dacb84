"""The connector statuses of one EVSE: what the CSMS was told last, and what must be told now."""

from dataclasses import dataclass

from ogniwo.sim.facts import Fault, Place, Status
from ogniwo.sim.roles import Host


@dataclass(frozen=True, slots=True)
class Sight:
    """What a passer-by would see."""

    status: Status
    fault: Fault | None
    occupied: int | None  # the connector that is in a car


class StatusBoard:
    def __init__(self, evse: int, plugs: int, host: Host) -> None:
        self._evse = evse
        self._host = host
        self._connectors = host.speech.connectors(plugs)
        self._told: dict[int, str] = {}  # by connector, in the words of the version

    def tell(self, sight: Sight, at_s: int, only: int | None = None) -> None:
        for connector in self._connectors:
            if only in {None, connector}:
                self._tell_one(connector, sight, at_s)

    def tell_changes(self, sight: Sight, at_s: int) -> None:
        for connector in self._connectors:
            if self._host.online and self._told.get(connector) != self._word(connector, sight):
                self._tell_one(connector, sight, at_s)

    def forget(self) -> None:
        """The link broke: everything will be told again."""
        self._told.clear()

    def _tell_one(self, connector: int, sight: Sight, at_s: int) -> None:
        word = self._told[connector] = self._word(connector, sight)

        def told(answer: object) -> None:
            if answer is None and self._told.get(connector) == word:
                del self._told[connector]  # it never arrived

        message = self._host.speech.status(
            Place(self._evse, connector),
            sight.status,
            sight.fault,
            at_s,
            occupied=sight.occupied == connector,
        )
        message.told = told
        self._host.say([message])

    def _word(self, connector: int, sight: Sight) -> str:
        return self._host.speech.status_word(sight.status, occupied=sight.occupied == connector)
