"""Boots with odd nameplates, no boots, and what is said before the boot is accepted."""

from random import Random
from typing import Any

from tests.simulation.quirks.twist import (
    ANY,
    RESULT,
    V16,
    Frame,
    Twist,
    copy_of,
    is_answer,
    is_call,
)

BOOT = "BootNotification"


class EmptyVendor(Twist):
    """Huawei leaves the vendor's name empty.

    Right: accepted.
    """

    name = "empty_vendor"
    versions = ANY

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, BOOT):
            return [frame]
        boot = copy_of(frame)
        if "chargingStation" in boot[3]:
            boot[3]["chargingStation"]["vendorName"] = ""
        else:
            boot[3]["chargePointVendor"] = ""
        return [boot]


class LongSerial(Twist):
    """Schneider EVlink and others have serial numbers longer than the field.

    Right: accepted, and kept whole.
    """

    name = "long_serial"
    versions = ANY

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, BOOT):
            return [frame]
        boot = copy_of(frame)
        serial = "EVB1A22P4RI3N2012345678901234567890"
        if "chargingStation" in boot[3]:
            boot[3]["chargingStation"]["serialNumber"] = serial
        else:
            boot[3]["chargePointSerialNumber"] = serial
            boot[3]["chargeBoxSerialNumber"] = serial
        return [boot]


class BootsOnlyOnce(Twist):
    """Wallbox Pulsar Pro does not boot again, however often it restarts and reconnects.

    Right: a station that was accepted before is served without a boot.
    """

    name = "boots_only_once"
    versions = V16
    never_with = frozenset({"repeats_boot", "data_before_boot", "status_before_boot", "says_twice"})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._accepted = False
        self._booting: str | None = None
        self._kept_back: str | None = None  # a heartbeat went in the place of this boot
        self._first = True  # on this connection: a boot that was asked for is said

    def connected(self) -> None:
        super().connected()
        self._booting = self._kept_back = None
        self._first = True

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, BOOT):
            return [frame]
        if self._accepted and self._first:
            self._first, self._kept_back = False, frame[1]
            return [[frame[0], frame[1], "Heartbeat", {}]]
        self._booting = frame[1]
        return [frame]

    def hears(self, frame: Frame) -> list[Frame]:
        if frame[0] != RESULT:
            return [frame]
        if frame[1] == self._booting:
            self._accepted = frame[2]["status"] == "Accepted"
        elif frame[1] == self._kept_back:
            # The station itself remembers that it may work.
            answer = {"status": "Accepted", "interval": 300, **frame[2]}
            return [[RESULT, frame[1], answer]]
        return [frame]


class DataBeforeBoot(Twist):
    """EN+ sends vendor data before it boots.

    Right: answered (in 2.x refused while the station is not accepted), and the boot is served.
    """

    name = "data_before_boot"
    versions = ANY

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, BOOT):
            return [frame]
        data = {"vendorId": "EN+", "messageId": "network", "data": '{"rssi":-71}'}
        return [self.own_call("DataTransfer", data), frame]


class StatusBeforeBoot(Twist):
    """Some report statuses before they are accepted, and boot sooner than they were told to.

    Right: taken in 1.6; refused with SecurityError in 2.x. The boot is answered each time.
    """

    name = "status_before_boot"
    versions = ANY

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._time: str | None = None

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, BOOT):
            return [frame]
        status: dict[str, Any]
        if "chargingStation" not in frame[3]:
            status = {"connectorId": 0, "errorCode": "NoError", "status": "Available"}
        elif self._time is None:
            return [frame, self.own_call(BOOT, frame[3])]
        else:
            place = {"evseId": 1, "connectorId": 1, "timestamp": self._time}
            status = {**place, "connectorStatus": "Unavailable"}
        return [self.own_call("StatusNotification", status), frame, self.own_call(BOOT, frame[3])]

    def hears(self, frame: Frame) -> list[Frame]:
        if frame[0] == RESULT and isinstance(frame[2], dict):
            self._time = frame[2].get("currentTime", self._time)
        return super().hears(frame)


class BreaksIfCalledBeforeBoot(Twist):
    """Wallbox CPB1 and Pulsar Max fail when they are called before their boot was answered.

    Right: no call before that.
    """

    name = "breaks_if_called_before_boot"
    versions = ANY
    never_with = frozenset({"data_before_boot", "status_before_boot", "boots_only_once"})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._silent = True  # on this connection
        self._boot: str | None = None  # the first thing said here, and not answered yet

    def connected(self) -> None:
        super().connected()
        self._silent, self._boot = True, None

    def says(self, frame: Frame) -> list[Frame | str]:
        if is_call(frame, BOOT) and self._silent:
            self._boot = frame[1]
        self._silent = False
        return [frame]

    def hears(self, frame: Frame) -> list[Frame]:
        if is_answer(frame) and frame[1] == self._boot:
            self._boot = None
        if is_call(frame) and self._boot is not None:
            self.complaints.append(f"{frame[2]} before the boot was answered")
        return [frame]
