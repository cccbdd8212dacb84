"""Odd answers to what the server asks for, no answers at all, and text that is no message."""

from random import Random
from typing import Any, Final

import msgspec

from tests.simulation.quirks.twist import (
    ANY,
    ERROR,
    RESULT,
    V2X,
    V16,
    Frame,
    HangUp,
    Twist,
    copy_of,
    is_call,
)

_PROFILES: Final = frozenset({"ignores_profiles", "rejects_high_stacks", "rejects_profiles_as_16"})
_NO_PROFILE: Final = 2_147_483_000  # an id that no profile has


class OnOrders(Twist):
    """Base of those that answer oddly: it knows what the server's open calls were about."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._asked: dict[str, Frame] = {}

    def connected(self) -> None:
        super().connected()
        self._asked.clear()

    def hears(self, frame: Frame) -> list[Frame]:
        if not is_call(frame):
            return super().hears(frame)
        self._asked[frame[1]] = frame
        return self.asked(frame)

    def says(self, frame: Frame) -> list[Frame | str]:
        call = None if is_call(frame) else self._asked.pop(frame[1], None)
        if call is None or frame[0] != RESULT:
            return [frame]
        return [self.answers(call, copy_of(frame))]

    def asked(self, call: Frame) -> list[Frame]:
        return [call]

    def answers(self, call: Frame, answer: Frame) -> Frame:
        raise NotImplementedError


class SilentOnAllKeys(OnOrders):
    """Entratek never answers a GetConfiguration without keys.

    Right: the call times out, and the link goes on.
    """

    name = "silent_on_all_keys"
    versions = V16

    def asked(self, call: Frame) -> list[Frame]:
        return [] if call[2] == "GetConfiguration" and not call[3].get("key") else [call]

    def answers(self, call: Frame, answer: Frame) -> Frame:
        return answer


class EmptyConfiguration(OnOrders):
    """EVEC answers GetConfiguration with an empty list, others without any.

    Right: nothing is known then; nothing fails.
    """

    name = "empty_configuration"
    versions = V16
    never_with = frozenset({"values_as_numbers"})

    def answers(self, call: Frame, answer: Frame) -> Frame:
        if call[2] != "GetConfiguration":
            return answer
        return [RESULT, answer[1], self.picks(call, ({}, {"configurationKey": []}))]


class ValuesAsNumbers(OnOrders):
    """Scame writes numbers and booleans where configuration values are texts.

    Right: read as texts.
    """

    name = "values_as_numbers"
    versions = V16
    never_with = frozenset({"empty_configuration"})

    def answers(self, call: Frame, answer: Frame) -> Frame:
        for key in answer[2].get("configurationKey", ()) if call[2] == "GetConfiguration" else ():
            text = key.get("value", "")
            if text.isdecimal():
                key["value"] = int(text)
            elif text in {"true", "false"}:
                key["value"] = text == "true"
        return answer


class OnProfiles(OnOrders):
    """Base of those that never apply a profile: the station's logic is asked something harmless.

    It clears a profile that it has not got, and the answer to that is made one to the server.
    """

    never_with = _PROFILES

    def asked(self, call: Frame) -> list[Frame]:
        if call[2] != "SetChargingProfile" or not self.minds(call[3]):
            return [call]
        in_16 = "csChargingProfiles" in call[3]
        clear = {"id" if in_16 else "chargingProfileId": _NO_PROFILE}
        return [[*call[:2], "ClearChargingProfile", clear]]

    def answers(self, call: Frame, answer: Frame) -> Frame:
        minds = call[2] == "SetChargingProfile" and self.minds(call[3])
        return self.pretends(answer) if minds else answer

    def minds(self, request: dict[str, Any]) -> bool:
        return bool(request)

    def pretends(self, answer: Frame) -> Frame:
        return [RESULT, answer[1], {"status": "Rejected"}]


class IgnoresProfiles(OnProfiles):
    """Wallbox, Heidelberg and go-e accept a charging profile and do not apply it.

    Right: never counted as active on the word Accepted alone.
    """

    name = "ignores_profiles"
    versions = ANY

    def pretends(self, answer: Frame) -> Frame:
        return [RESULT, answer[1], {"status": "Accepted"}]


class RejectsHighStacks(OnProfiles):
    """Some reject every stack level but the lowest.

    Right: a failed order with its reason.
    """

    name = "rejects_high_stacks"
    versions = ANY

    def minds(self, request: dict[str, Any]) -> bool:
        profile = request.get("csChargingProfiles") or request.get("chargingProfile") or {}
        return bool(profile.get("stackLevel", 0) > 0)


class RejectsProfilesAs16(OnProfiles):
    """FoxESS refuses valid profiles of 2.0.1 and cites a field of 1.6.

    Right: a failed order, not a crash.
    """

    name = "rejects_profiles_as_16"
    versions = V2X

    def pretends(self, answer: Frame) -> Frame:
        why = "required key connectorId not found"
        return [ERROR, answer[1], "OccurrenceConstraintViolation", why, {}]


class AnswersAs16(OnOrders):
    """MicroOcpp once answered GetLocalListVersion of 2.0.1 with the field of 1.6; so do others.

    Right: an answer that cannot be read is a failed order.
    """

    name = "answers_as_16"
    versions = V2X
    share = 0.5

    def answers(self, call: Frame, answer: Frame) -> Frame:
        if not self.chance():
            return answer
        odd = {"listVersion": 3} if call[2] == "GetLocalListVersion" else {"idTagInfo": "?"}
        return [RESULT, answer[1], odd]


class ChokesOnLongCalls(Twist):
    """Some drop the link when a call is longer than their buffer.

    Right: sizes are kept small; a link lost over an order fails that order and nothing else.
    """

    name = "chokes_on_long_calls"
    versions = ANY

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._bytes_max = rng.choice((512, 1_024, 2_048))

    def hears(self, frame: Frame) -> list[Frame]:
        if is_call(frame) and len(msgspec.json.encode(frame)) > self._bytes_max:
            raise HangUp
        return [frame]


class InvalidJson(Twist):
    """Zj Beny writes one of its messages with a comma too many.

    Right: the link stays; 2.x answers with the id -1, 1.6 is silent.
    """

    name = "invalid_json"
    versions = ANY
    share = 0.15

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame) or not self.chance():
            return [frame]
        call_id = f"bad-{self._rng.getrandbits(32):08x}"
        text = f'[,2,"{call_id}","DataTransfer",{{"vendorId":"ZJBENY","data":"x",}}]'
        return [text, frame]

    def hears(self, frame: Frame) -> list[Frame]:
        return [] if frame[0] == ERROR and frame[1] == "-1" else [frame]
