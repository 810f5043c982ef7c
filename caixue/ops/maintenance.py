"""Maintenance (contract C2.1.4): what is due, what was done, calibrations with before and after, devices that failed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.calibration import Calibration, calibration_of
from caixue.ops.preventive import Done, Planned, Task, Use, due, outlook, plan_for
from caixue.ops.wear import KINDS as WEAR_KINDS
from caixue.ops.wear import Wear
from caixue.site import Site
from caixue.units import nearest

KINDS = (*WEAR_KINDS, "maintenance.done", "calibration.done")


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration that was noted. One that did not pass leaves the device flagged: an incident is to be opened for it."""

    event: Event
    row: Calibration
    before: float | None
    after: float
    passed: bool


class Maintenance:
    """The preventive plan of one site and what was done about it. Its state is what its events say; `start` is when the record began."""

    def __init__(self, recorder: Recorder, site: Site, start: datetime, followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.site = site
        self.start = start
        self.plan = plan_for(site)
        self._by_device = {device: [planned for planned in self.plan if planned.device == device] for device in site.devices}
        self.wear = Wear(recorder)
        self.done: dict[tuple[str, str], Done] = {}  # by device and task: the last time
        self.flagged: dict[tuple[str, str], float] = {}  # by device and quantity: the value that was out of tolerance
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def outlook(self, now: datetime) -> list[Task]:
        """Every task of the plan with the day on which it is due, the earliest first."""
        return outlook(self.plan, self.done, self._use(), self.start.date(), now)

    def due(self, now: datetime) -> list[Task]:
        """The tasks that are due, the longest overdue first."""
        return due(self.plan, self.done, self._use(), self.start.date(), now)

    def planned(self, device: str, task: str) -> Planned:
        """That task on that device. Raises UsageError where the plan has none, naming the nearest."""
        self.kind_of(device)
        mine = {planned.row.name: planned for planned in self._of(device)}
        if task not in mine:
            known = ", ".join(mine) or tr("无", "none")
            hint = nearest(task, mine)
            raise UsageError(
                tr(f"{device} 的计划里没有 {task!r}；有的是：{known}", f"the plan has no {task!r} for {device}; it has: {known}") + hint
            )
        return mine[task]

    def kind_of(self, device: str) -> str:
        """The kind of that device of the site. Raises UsageError for one that it does not have."""
        if device not in self.site.devices:
            raise UsageError(
                tr(f"现场没有设备 {device!r}", f"the site has no device {device!r}") + nearest(device, tuple(self.site.devices))
            )
        return self.site.devices[device].kind

    def do(self, device: str, task: str, *, by: str, note: str = "", duration_s: float | None = None, op: str = "") -> Event:
        """Note that a task was done. Raises UsageError for one that puts in a part or calibrates: those have their own records."""
        row = self.planned(device, task).row
        if row.part:
            raise UsageError(tr(f"{task} 要换件：用 caixue maintain replace", f"{task} puts in a part: caixue maintain replace"))
        if row.calibrates:
            raise UsageError(tr(f"{task} 要记校准值：用 caixue maintain calibrate", f"{task} needs values: caixue maintain calibrate"))
        took_s = row.duration_s if duration_s is None else duration_s
        if not isfinite(took_s) or took_s < 0:
            raise UsageError(tr(f"用时不能是 {took_s} 秒", f"it cannot have taken {took_s} s"))
        draft = Draft("maintenance.done", device, {"task": task, "note": note, "duration_s": took_s})
        return self.recorder.note_all([draft], actor=by, op=op)[0]

    def calibrate(
        self, device: str, quantity: str, *, before: float | None, after: float, by: str, reference: float | None = None, op: str = ""
    ) -> Calibrated:
        """Note a calibration: the value found (None: none was taken), the value left, the reference (None: the table's).

        Whether it passed is for the table to say. Raises UsageError for a quantity that such a device does not have, and for no number.
        """
        row = calibration_of(self.kind_of(device), quantity)
        against = row.reference if reference is None else reference
        for value in (after, against, *([] if before is None else [before])):
            if not isfinite(value):
                raise UsageError(tr(f"{quantity} 不能是 {value}", f"{quantity} cannot be {value}"))
        passed = row.passed(after, against)
        values: Mapping[str, object] = {
            "before": before,
            "after": after,
            "reference": against,
            "tolerance": row.tolerance,
            "passed": passed,
        }
        draft = Draft("calibration.done", device, {"quantity": quantity, "unit": row.unit, **values})
        return Calibrated(self.recorder.note_all([draft], actor=by, op=op)[0], row, before, after, passed)

    def hear(self, event: Event) -> None:
        """Take one event."""
        self.wear.hear(event)
        device, data = event.subject, event.data
        if event.kind == "wear.read":
            self._begin(device, data["counter"])
        elif event.kind == "maintenance.done":
            self._did(device, data["task"], event)
        elif event.kind == "calibration.done":
            self._calibrated(event)
        elif event.kind == "part.replaced":
            for planned in self._of(device):
                if planned.row.part == data["part"]:
                    self._did(device, planned.row.name, event)

    def _begin(self, device: str, counter: str) -> None:
        """What was done before the counter was first read counts from that reading."""
        for planned in self._of(device):
            last = self.done.get((device, planned.row.name))
            if last is not None and last.run is None and planned.row.counter == counter:
                self.done[device, planned.row.name] = Done(last.on, self.wear.run(device, counter))

    def _calibrated(self, event: Event) -> None:
        device, data = event.subject, event.data
        if not data["passed"]:
            self.flagged[device, data["quantity"]] = data["after"]
            return
        self.flagged.pop((device, data["quantity"]), None)
        for planned in self._of(device):
            if planned.row.calibrates == data["quantity"]:
                self._did(device, planned.row.name, event)

    def _did(self, device: str, task: str, event: Event) -> None:
        row = next((planned.row for planned in self._of(device) if planned.row.name == task), None)
        run = self.wear.run(device, row.counter) if row is not None and row.counter else None
        self.done[device, task] = Done(self._day(event.at_us), run)

    def _of(self, device: str) -> list[Planned]:
        return self._by_device.get(device, [])

    def _use(self) -> dict[tuple[str, str], Use]:
        return {key: Use(meter.run, meter.per_day) for key, meter in self.wear.meters.items()}

    def _day(self, at_us: int) -> date:
        return (self.start + timedelta(microseconds=at_us)).date()
