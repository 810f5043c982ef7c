"""What is measured of the faults of one site, with stand-ins for what was not measured."""

from __future__ import annotations

from collections.abc import Sequence

from caixue.site import Site
from twin.faults.catalogue import Fault
from twin.scenario_checks import names_of
from twin.timing.arrays import EVERYWHERE
from twin.timing.calibration import QUANTILES, Calibration, Felt
from twin.timing.struck import Repair, usual

ALIKE = {"zpl-label-printer": "label-printer"}  # devices that are measured under another's name
CAN_WAIT = ("ups",)  # as in twin.engineer: repaired when nothing else is to be done


class Known:
    """What is measured of the faults of one site, with stand-ins for kinds that were not."""

    def __init__(self, site: Site, calibration: Calibration, positions: Sequence[str]) -> None:
        self.site = site
        self.positions = positions
        self.walk_us = site.walking.engineer_us
        self.restart_us = calibration.restart.mean_us if site.devices else 0
        self._calibration = calibration
        self._names = names_of(site)

    def kind_of(self, target: str) -> str:
        """By which the catalogue knows it."""
        return self._names[target]

    def where(self, target: str) -> int:
        """The position of a device, or of a window itself; EVERYWHERE for what all windows share."""
        spec = self.site.devices.get(target)
        place = target if spec is None else spec.window
        return self.positions.index(place) if place in self.positions else EVERYWHERE

    def felt(self, kind: str, row: Fault, *, link: bool) -> Felt:
        """As measured; a kind that was not stops its window as the others usually do (docs/assumptions.md A-130)."""
        if kind == "window":
            return Felt.model_construct(device=kind, kind=row.kind, n=0, stops=1.0, calls=0.0)
        return self._calibration.fault(ALIKE.get(kind, kind), row.kind, link=link) or self._stand_in(kind, row, link=link)

    def _stand_in(self, kind: str, row: Fault, *, link: bool) -> Felt:
        known = [one for one in self._calibration.faults if one.link == link and one.stops >= 0.5 and one.hidden_us]
        times = [sum(one.hidden_us[place] for one in known if one.hidden_us) // max(1, len(known)) for place in range(len(QUANTILES))]
        cleared_us = self.cleared_us if row.nurse_clears else None
        return Felt.model_construct(
            device=kind, kind=row.kind, link=link, n=0, stops=1.0, hidden_us=tuple(times), cleared_us=cleared_us, calls=0.0
        )

    @property
    def cleared_us(self) -> int:
        """How long a nurse usually needs for what she can clear, with the restart."""
        times = [one.cleared_us for one in self._calibration.faults if one.cleared_us]
        return sum(times) // len(times) if times else self.restart_us

    @property
    def noticed_us(self) -> int:
        """How long it usually takes until the monitor calls for what stops no window."""
        times = sorted(usual(one.noticed_us) for one in self._calibration.faults if one.noticed_us and not one.link)
        return times[len(times) // 2] if times else 0

    def repair(self, device: str, row: Fault, visit: int) -> Repair:
        """The engineer's visit to `device` because of a fault of that kind."""
        return Repair(device, visit, row.repair_mean_s, row.repair_sd_s, self.walk_us, self.restart_us)

    def named(self, target: str, felt: Felt) -> str:
        """The device that the incident names: that one, or another one of its window."""
        spec = self.site.devices.get(target)
        if spec is None or not felt.named:
            return target
        others = (one.name for one in self.site.devices.values() if one.window == spec.window and one.kind == felt.named)
        return next(others, target)
