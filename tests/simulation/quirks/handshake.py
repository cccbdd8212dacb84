"""How odd stations open a connection: what they offer, what they ask for, what they try first."""

from random import Random
from urllib.parse import quote

from tests.simulation.quirks.twist import ANY, V2X, V16, HangUp, Twist


class NoSubprotocol(Twist):
    """Grizzl-E and others name no subprotocol.

    Right: let in by the version on the station's record, else refused and said why.
    """

    name = "no_subprotocol"
    versions = V16
    assume_version = True

    def offers(self, subprotocol: str) -> tuple[str, ...]:
        return ()


class SeveralSubprotocols(Twist):
    """Some list old or foreign protocols beside the one that they speak.

    Right: the first one that the server knows.
    """

    name = "several_subprotocols"
    versions = ANY

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._before = rng.sample(("ocpp1.5", "ocpp1.2", "soap"), rng.randint(0, 2))
        self._after = rng.sample(("ocpp2.0", "ocpp1.3", "vendor.v1"), rng.randint(1, 2))

    def offers(self, subprotocol: str) -> tuple[str, ...]:
        return (*self._before, subprotocol, *self._after)


class ProbesAnotherVersion(Twist):
    """FoxESS connects in 1.6 first, hangs up and comes back in 2.0.1.

    Right: the version belongs to the connection and is never remembered of an earlier one.
    """

    name = "probes_another_version"
    versions = V2X
    share = 0.5

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._due = True  # the next connection is a probe
        self._probing = False

    def offers(self, subprotocol: str) -> tuple[str, ...]:
        self._probing, self._due = self._due, False
        return ("ocpp1.6",) if self._probing else (subprotocol,)

    def connected(self) -> None:
        super().connected()
        if self._probing:
            raise HangUp
        self._due = self.chance()


class EscapesIdentity(Twist):
    """Some percent-encode more of their name than they must, in capitals or not.

    Right: decoded exactly once.
    """

    name = "escapes_identity"
    versions = ANY

    def target(self, identity: str) -> str:
        form = self._rng.choice(("%{:02X}", "%{:02x}"))
        return "/ocpp/" + "".join(
            form.format(ord(char))
            if char.isascii() and self._rng.random() < 0.5
            else quote(char, safe="")
            for char in identity
        )


class OddPath(Twist):
    """Extra segments, doubled and trailing slashes, the whole URL once more (EN+ and others).

    Right: the identity is the last segment that is not empty.
    """

    name = "odd_path"
    versions = ANY

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._form = rng.choice(
            (
                "/ocpp/{}/",
                "//ocpp//{}",
                "/ocpp/v1/sites/7/{}",
                "/{}",
                "/steve/websocket/CentralSystemService/{}//",
                "/ocpp/{}?vendor=odd&fw=1.0",
                "ws://csms.example/ocpp/{}",
                "/ws://csms.example:9000/ocpp/{}",
            )
        )

    def target(self, identity: str) -> str:
        return self._form.format(quote(identity, safe=""))
