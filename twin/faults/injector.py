"""The injector: arms the scenario's faults, begins and ends their symptoms, and keeps the record of each. It tells nobody.

Whether a fault was *seen* and *recovered* is read from what caixue journals on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from caixue.errors import UsageError
from caixue.events import GOOD_KINDS, TROUBLE_KINDS, Event
from caixue.journal import Recorder
from caixue.units import duration_us
from twin.chance import Chance
from twin.devices.base import DeviceModel
from twin.faults.catalogue import Fault
from twin.faults.link import disturbance
from twin.line import Disturbance, Line
from twin.scenario_model import Fault as FaultLine
from twin.world import World


class Place(Protocol):
    """A window of the room, as far as a fault can stop it."""

    def stop(self, reason: str) -> None:
        """Out of service from now on."""

    def resume(self, *, by_itself: bool) -> None:
        """What stopped it is over; whoever repaired it brings it back into service, or it comes back by itself."""


@dataclass(slots=True)
class FaultRecord:
    """What became of one injected fault; times in microseconds, None until it happened."""

    name: str
    target: str
    row: Fault
    line: FaultLine
    armed_us: int | None = None
    fired_us: int | None = None
    ended_us: int | None = None
    seen_us: int | None = None
    recovered_us: int | None = None

    @property
    def active(self) -> bool:
        """Armed and not ended."""
        return self.armed_us is not None and self.ended_us is None

    def hear(self, event: Event) -> None:
        """Take one of caixue's own events: the first trouble after firing, the first good sign after the end."""
        if self.fired_us is None or not _concerns(event, self.target):
            return
        if self.seen_us is None:
            if event.kind in _TROUBLE and event.data.get("alarm") not in _RUNNING_LOW:
                self.seen_us = event.at_us
        elif self.recovered_us is None and self.ended_us is not None and event.kind in _GOOD:
            self.recovered_us = event.at_us


_RUNNING_LOW = frozenset({"lane-low", "paper-near-end"})  # comes of use, every day: no sign of a fault
_TROUBLE = TROUBLE_KINDS | {"window.blocked"}
_GOOD = GOOD_KINDS | {"window.restored"}


def _concerns(event: Event, target: str) -> bool:
    return event.subject == target or target in (event.data.get("device"), event.data.get("printer"))


class Injector:
    """Arms and ends faults in one world."""

    def __init__(
        self,
        world: World,
        recorder: Recorder,
        chance: Chance,
        models: Mapping[str, DeviceModel],
        lines: Mapping[str, Line],
        places: Mapping[str, Place],
    ) -> None:
        self._world = world
        self._recorder = recorder
        self._chance = chance
        self._models = models
        self._lines = lines
        self._places = places
        self._disturbances: dict[int, Disturbance] = {}
        self.records: list[FaultRecord] = []

    def schedule(self, faults: list[tuple[FaultLine, Fault]]) -> None:
        """Arm each fault at its time."""
        for number, (line, row) in enumerate(faults, 1):
            record = FaultRecord(f"fault-{number}", line.target, row, line)
            self.records.append(record)
            self._world.kernel.at(line.at_us, self._arm, record)

    def hear(self, event: Event) -> None:
        """Listen to the journal."""
        if not event.kind.startswith("twin."):
            for record in self.records:
                record.hear(event)

    def repair(self, target: str) -> list[Fault]:
        """A person repairs `target` on the spot: its faults that last until repaired end. Gives what was found."""
        found = [record for record in self.records if record.target == target and record.active and record.line.until_repaired]
        for record in found:
            self._end(record)
        return [record.row for record in found]

    def visible(self, target: str) -> Fault | None:
        """What a person who looks at `target` finds wrong."""
        return next((record.row for record in self.records if record.target == target and record.active), None)

    @property
    def quiet(self) -> bool:
        """Whether no fault is active or still to come."""
        return all(record.ended_us is not None for record in self.records)

    def _arm(self, record: FaultRecord) -> None:
        record.armed_us = self._world.now_us
        self._note("twin.fault-armed", record)
        detail = {**record.row.detail, **record.line.detail}
        self._begin(record, detail)
        if record.line.for_us is not None:
            self._world.kernel.at(self._world.now_us + record.line.for_us, self._end, record)

    def _begin(self, record: FaultRecord, detail: dict[str, Any]) -> None:
        fired = self._fired(record)
        if record.line.link is not None:
            dice = self._chance.stream(f"{record.name}.{record.target}")
            delay = detail.pop("delay", None)
            change = disturbance(record.row.symptom, dice, fired, **detail, **({"delay_us": duration_us(delay)} if delay else {}))
            self._disturbances[id(record)] = change
            self._lines[record.target].to_host.append(change)
        elif record.target in self._places:
            fired()
            self._places[record.target].stop(record.row.kind)
        else:
            model = self._models[record.target]
            model.effects[record.row.symptom] = fired
            try:
                model.begin(record.row.symptom, **detail)
            except TypeError as error:
                raise UsageError(f"{record.row.kind} at {record.target} does not take {sorted(detail)}: {error}") from None

    def _end(self, record: FaultRecord) -> None:
        if not record.active:
            return
        record.ended_us = self._world.now_us
        if record.line.link is not None:
            self._lines[record.target].to_host.remove(self._disturbances.pop(id(record)))
        elif record.target in self._places:
            self._places[record.target].resume(by_itself=not record.line.until_repaired)
        else:
            model = self._models[record.target]
            model.end(record.row.symptom)
            model.effects.pop(record.row.symptom, None)
        self._note("twin.fault-ended", record)

    def _fired(self, record: FaultRecord) -> Callable[[], None]:
        def fired() -> None:
            if record.fired_us is None:
                record.fired_us = self._world.now_us
                self._note("twin.fault-fired", record)

        return fired

    def _note(self, kind: str, record: FaultRecord) -> None:
        self._recorder.note(kind, record.name, actor="twin", target=record.target, kind_=record.row.kind)
