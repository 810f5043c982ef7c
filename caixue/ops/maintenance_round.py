"""One engineer's maintenance round: counters read, what is due done device by device, parts taken and signed for, everything noted.

Ordinary blocking code: on a site it waits while a person works, in the twin the same lines run in virtual time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from caixue.drivers.base import Driver
from caixue.errors import DeviceError, LinkError, UsageError
from caixue.ops.calibration import MEASURES, Bench, calibration_of, measured
from caixue.ops.maintenance import Maintenance
from caixue.ops.preventive import Planned, Task, possible_now
from caixue.ops.spare_chain import KEPT, SCRAPPED, STORAGE_MEDIA
from caixue.ops.spares import Spares
from caixue.ops.wear import Restart, life_of, read_wear, units_of

DONE, MISSING, FAILED, UNREACHABLE = "done", "missing", "failed", "unreachable"


class Hands(Protocol):
    """What only a person at the device can do."""

    def work(self, planned: Planned) -> None:
        """Clean, oil, adjust, or put the new part in; the time it takes has passed when it is called."""

    def serials(self, planned: Planned, number: str) -> tuple[str, str]:
        """The serial numbers of the new part, taken as spare `number`, and of the old one, empty where it has none."""

    def gauge(self, planned: Planned) -> float:
        """What a gauge says about the quantity that the task calibrates."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one task ended. A failed calibration and a missing part are for an incident: return it to whoever opens them."""

    planned: Planned
    result: str  # DONE, MISSING (no part on the shelf), FAILED (out of tolerance), UNREACHABLE (the device could not be asked)
    detail: str = ""


class Round:
    """Works through what is due. `drivers` are the site's, by name; `signs` is the user who signs for parts (a nurse or the head)."""

    def __init__(self, maintenance: Maintenance, spares: Spares, drivers: Mapping[str, Driver], hands: Hands, *, signs: str) -> None:
        self.maintenance = maintenance
        self.spares = spares
        self.drivers = drivers
        self.hands = hands
        self.signs = signs
        self._clock = maintenance.recorder.clock

    def read(self, by: str) -> tuple[list[Restart], dict[str, str]]:
        """Read every counter and note it: the counters that went back, and why devices could not be asked."""
        known = len(self.maintenance.wear.restarts)
        found, failed = read_wear(self.drivers.values())
        self.maintenance.wear.note(found, units_of(self.drivers.values()), by=by)
        return self.maintenance.wear.restarts[known:], failed

    def tasks(self) -> list[Task]:
        """What is due and may be begun now."""
        now = self._clock.now()
        return possible_now(self.maintenance.due(now), now)

    def carry_out(self, planned: Planned, by: str) -> Outcome:
        """Do one task and note it; takes as long as the plan says. Raises UsageError for a person who may not."""
        row = planned.row
        if row.part:
            return self._replace(planned, by)
        if row.calibrates:
            return self._calibrate(planned, by)
        self._work(planned)
        self.maintenance.do(planned.device, row.name, by=by)
        return Outcome(planned, DONE)

    def carry_out_all(self, tasks: Iterable[Task], by: str) -> list[Outcome]:
        """Do them one after the other."""
        return [self.carry_out(task.planned, by) for task in tasks]

    def _work(self, planned: Planned) -> None:
        self._clock.sleep(planned.row.duration_s)
        self.hands.work(planned)

    def _replace(self, planned: Planned, by: str) -> Outcome:
        part, device = planned.row.part, planned.device
        number = self.spares.take(part, "", device, by)
        if number is None:
            return Outcome(planned, MISSING, part)
        wear_at = self._counter(planned)
        self._work(planned)
        serial, old_serial = self.hands.serials(planned, number)
        self.spares.fit(number, serial, by=by, old_serial=old_serial, wear_at=wear_at)
        to = KEPT if part in STORAGE_MEDIA else SCRAPPED
        self.spares.return_old(number, old_serial=old_serial, condition="worn", to=to, by=by)
        self.spares.sign(number, person=self.signs)
        return Outcome(planned, DONE, number)

    def _counter(self, planned: Planned) -> float | None:
        """What the counter says that wears the part; None where nothing tells."""
        life, driver = life_of(planned.row.kind, planned.row.part), self.drivers.get(planned.device)
        if life is None or driver is None:
            return None
        try:
            return driver.wear().get(life.counter)
        except (DeviceError, LinkError):
            return None

    def _calibrate(self, planned: Planned, by: str) -> Outcome:
        try:
            before = self._measure(planned)
            self._work(planned)
            after = self._measure(planned)
        except (DeviceError, LinkError) as error:
            return Outcome(planned, UNREACHABLE, str(error))
        found = self.maintenance.calibrate(planned.device, planned.row.calibrates, before=before, after=after, by=by)
        return Outcome(planned, DONE if found.passed else FAILED, f"{after:g} {found.row.unit}")

    def _measure(self, planned: Planned) -> float:
        """What the drivers measure where they can, else what a gauge says."""
        quantity, driver = planned.row.calibrates, self.drivers.get(planned.device)
        if driver is None or quantity not in MEASURES:
            return self.hands.gauge(planned)
        near = {each.card.kind: each for name, each in self.drivers.items() if planned.window and name.startswith(f"{planned.window}.")}
        reference = calibration_of(planned.row.kind, quantity).reference
        try:
            return measured(driver, quantity, Bench(near, self.maintenance.site.tubes.lanes, reference))
        except UsageError:  # no lane with tubes, or nothing beside it: then it is done by hand
            return self.hands.gauge(planned)
