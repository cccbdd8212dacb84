"""One power outlet: the car on its cable, its meter, and how much runs between them."""

from dataclasses import dataclass, field
from math import ceil

from ogniwo.base.units import SECONDS_PER_HOUR
from ogniwo.sim.car import AMPS_MIN, VOLTS_NOMINAL, Car
from ogniwo.sim.makes import OutletType
from ogniwo.sim.meter import Flow, Meter, Reading
from ogniwo.sim.profiles import Limit


@dataclass(slots=True)
class Outlet:
    type: OutletType
    meter: Meter
    car: Car | None = None
    offered_w: float = field(default=0.0, init=False)

    def advance(self, at_s: int) -> None:
        energy_wh = self.meter.advance(at_s)
        if self.car is not None:
            self.car.take(energy_wh, dc=self.type.dc)

    def feed(self, limit: Limit) -> None:
        """Close the contactor: from now on the car draws what it wants and is allowed."""
        if self.car is None:
            self.cut()
        elif self.type.dc:
            self._feed_dc(self.car, limit)
        else:
            self._feed_ac(self.car, limit)

    def cut(self) -> None:
        self.offered_w = 0.0
        self.meter.switch(self.meter.still())

    def read(self) -> Reading:
        soc = self.car.soc if self.car is not None and self.type.dc else None
        return self.meter.read(soc=soc, offered_w=self.offered_w)

    @property
    def paused(self) -> bool:
        """The station offers nothing, whatever the car would like."""
        return self.offered_w <= 0.0

    def full_in_s(self) -> int | None:
        """Seconds until the driver's wish is met at this power, rounded up."""
        power_w = self.meter.flow.power_w
        if self.car is None or power_w <= 0.0:
            return None
        return ceil(self.car.wants_wh(dc=self.type.dc) * SECONDS_PER_HOUR / power_w)

    def _feed_ac(self, car: Car, limit: Limit) -> None:
        phases = min(self.type.phases, limit.phases, car.ac_phases)
        offered_a = min(self.type.amps_max, limit.amps)
        if offered_a < AMPS_MIN:
            self.cut()
            return
        self.offered_w = offered_a * phases * VOLTS_NOMINAL
        self.meter.switch(self.meter.ac_flow(car.ac_amps(offered_a), phases))

    def _feed_dc(self, car: Car, limit: Limit) -> None:
        self.offered_w = min(self.type.watts_max, limit.watts)
        volts = car.pack_volts()
        self.meter.switch(Flow((volts,), (car.dc_watts(self.offered_w) / volts,)))
