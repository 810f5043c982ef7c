"""The injector: arms the scenario's faults, begins and ends their symptoms, and keeps the record of each. It tells nobody.

Whether a fault was *seen* and *recovered* is read from what caixue journals on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from caixue.errors import UsageError
from caixue.events import GOOD_KINDS, TROUBLE_KINDS, Event
from caixue.journal import Recorder
from twin.chance import Chance
from twin.devices.base import DeviceModel
from twin.faults.catalogue import Fault
from twin.faults.damage import Pieces
from twin.faults.environment import SERVICE
from twin.faults.link import DIRECTIONS, disturbance, in_microseconds, is_absorbed
from twin.line import TO_HOST, Disturbance, Line, Timed
from twin.scenario_model import Fault as FaultLine


class Place(Protocol):
    """A window of the room, as far as a fault can stop it."""

    @property
    def stop(self) -> Callable[..., None]:
        """Out of service from now on; `detail` is what the fault's row says beyond that."""

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
    absorbed: bool = False  # expected to pass without a trace
    firings: int = 0  # how many transfers of a link were disturbed
    random: bool = False  # came by itself: the run may end before it can fire

    @property
    def done(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.ended_us is not None and (self.recovered_us is not None or self.fired_us is None)

    @property
    def active(self) -> bool:
        """Armed and not ended."""
        return self.armed_us is not None and self.ended_us is None

    def hear(self, event: Event) -> None:
        """Take one of caixue's own events: the first trouble after firing, the first good sign after the end."""
        if self.fired_us is None or not _concerns(event, self.target):
            return
        if self.seen_us is None and event.kind in _TROUBLE and event.data.get("alarm") not in _RUNNING_LOW:
            self.seen_us = event.at_us
        elif self.seen_us is None and not self.absorbed:
            return
        elif self.recovered_us is None and self.ended_us is not None and event.kind in _GOOD:
            self.recovered_us = event.at_us


NEXT_US = 600 * 1_000_000  # from the end of a fault until the next one of that device that waits; docs/assumptions.md A-72
_RUNNING_LOW = frozenset({"lane-low", "paper-near-end"})  # comes of use, every day: no sign of a fault
MOST_TOLD = 200  # disturbances of one fault that the journal holds in full; its end tells how many there were
_MOST_SHOWN = 32  # bytes of each
_TROUBLE = TROUBLE_KINDS | {"window.blocked", "incident.called-out", "task.opened"}
_GOOD = GOOD_KINDS | {"window.restored", "incident.on-site", "task.done"}
_SIGNS = _TROUBLE | _GOOD


def _concerns(event: Event, target: str) -> bool:
    if event.kind == "incident.on-site":  # says something of the person alone
        return _is(event.actor, target)
    if event.kind in ("task.opened", "task.done"):  # how a refill that was skipped comes to light, and is made good
        return target == "store"
    if event.kind == "window.restored" and target == f"{event.subject}.{SERVICE}":
        return True
    data = event.data
    return event.subject == target or target in (data.get("device"), data.get("printer")) or _is(data.get("person", ""), target)


def _is(person: str, target: str) -> bool:
    """Whether `target` is this person, or what this person is: "engineer" for engineer-1."""
    return target in (person, person.rpartition("-")[0]) and bool(person)


class Injector:
    """Arms and ends faults in one world."""

    def __init__(
        self,
        world: Timed,
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
        self._disturbances: dict[int, list[tuple[list[Disturbance], Disturbance]]] = {}
        self.records: list[FaultRecord] = []
        self._live: list[FaultRecord] = []  # those to which something may still happen
        self._waiting: dict[str, list[FaultRecord]] = {}  # by target
        self.random_until_us: int | None = None  # from then on no fault comes by itself: every run ends with faults off

    def schedule(self, faults: list[tuple[FaultLine, Fault]]) -> None:
        """Arm each fault at its time."""
        for number, (line, row) in enumerate(faults, 1):
            record = FaultRecord(f"fault-{number}", line.target, row, line)
            self._add(record)
            self._world.kernel.at(line.at_us, self._arm, record)

    def start(self, line: FaultLine, row: Fault) -> FaultRecord:
        """Arm one more fault now, whatever its `at` says. Raises UsageError for details that this kind does not take."""
        record = FaultRecord(f"fault-{len(self.records) + 1}", line.target, row, line)
        self._arm(record)
        self._add(record)
        return record

    def come(self, line: FaultLine, row: Fault) -> None:
        """A fault comes by itself. Where one stands already it waits until that is over, as any other then waits for it."""
        record = FaultRecord(f"fault-{len(self.records) + 1}", line.target, row, line, random=True)
        self._add(record)
        self._arm(record)

    def _add(self, record: FaultRecord) -> None:
        self.records.append(record)
        self._live.append(record)

    def hear(self, event: Event) -> None:
        """Listen to the journal."""
        if event.kind not in _SIGNS:
            return
        for record in self._live:
            record.hear(event)
        if self._live and event.kind in _GOOD:
            self._live = [record for record in self._live if not record.done]

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
        return all(record.ended_us is not None or (record.random and record.fired_us is None) for record in self.records)

    def _must_wait(self, record: FaultRecord) -> bool:
        standing = [other for other in self._live if other.target == record.target and other.active]
        return bool(standing) and (record.random or any(other.random for other in standing))

    def _too_late(self, record: FaultRecord) -> bool:
        return record.random and self.random_until_us is not None and self._world.kernel.now_us >= self.random_until_us

    def _arm(self, record: FaultRecord) -> None:
        if self._too_late(record):
            return
        if self._must_wait(record):
            self._waiting.setdefault(record.target, []).append(record)
            return
        record.armed_us = self._world.kernel.now_us
        self._note("twin.fault-armed", record)
        detail = {**record.row.detail, **record.line.detail}
        self._begin(record, detail)
        if record.line.for_us is not None:
            self._world.kernel.at(self._world.kernel.now_us + record.line.for_us, self._end, record)

    def _begin(self, record: FaultRecord, detail: dict[str, Any]) -> None:
        fired = self._fired(record)
        if record.line.link is not None:
            self._disturb(record, detail, fired)
        elif record.target in self._places:
            fired()
            self._places[record.target].stop(record.row.kind, **detail)
        else:
            model = self._models[record.target]
            model.effects[record.row.symptom] = fired
            try:
                model.begin(record.row.symptom, **detail)
            except TypeError as error:
                raise UsageError(f"{record.row.kind} at {record.target} does not take {sorted(detail)}: {error}") from None

    def _disturb(self, record: FaultRecord, detail: dict[str, Any], fired: Callable[[], None]) -> None:
        """Put the fault on the line, behind those already there. Each direction has dice and counts of its own."""
        line, kept = self._lines[record.target], self._disturbances.setdefault(id(record), [])
        record.absorbed = is_absorbed(record.row, detail, self._models[record.target].card.reply_timeout_s)
        for direction in DIRECTIONS[detail.get("direction", TO_HOST)]:
            dice = self._chance.stream(f"{record.name}.{record.target}" + (f".{direction}" if direction != TO_HOST else ""))
            told = partial(self._told, record, direction)
            change = disturbance(record.row.symptom, dice, fired, line=line, direction=direction, told=told, **in_microseconds(detail))
            on_it = line.to_host if direction == TO_HOST else line.to_device
            on_it.append(change)
            kept.append((on_it, change))

    def _end(self, record: FaultRecord) -> None:
        if not record.active:
            return
        record.ended_us = self._world.kernel.now_us
        if record.line.link is not None:
            for on_it, change in self._disturbances.pop(id(record)):
                on_it.remove(change)
        elif record.target in self._places:
            self._places[record.target].resume(by_itself=not record.line.until_repaired)
        else:
            model = self._models[record.target]
            model.end(record.row.symptom)
            model.effects.pop(record.row.symptom, None)
        self._note("twin.fault-ended", record, **({"firings": record.firings} if record.line.link is not None else {}))
        waiting = self._waiting.get(record.target)
        if waiting:
            self._world.kernel.at(record.ended_us + NEXT_US, self._arm, waiting.pop(0))

    def _fired(self, record: FaultRecord) -> Callable[[], None]:
        def fired() -> None:
            if record.fired_us is None:
                record.fired_us = self._world.kernel.now_us
                self._note("twin.fault-fired", record)

        return fired

    def _told(self, record: FaultRecord, direction: str, before: bytes, pieces: Pieces) -> None:
        record.firings += 1
        if record.firings <= MOST_TOLD:
            after = [[late_us, piece[:_MOST_SHOWN].hex(" ")] for late_us, piece in pieces[:_MOST_SHOWN]]
            shown = {"direction": direction, "n": record.firings, "before": before[:_MOST_SHOWN].hex(" "), "after": after}
            self._note("twin.link-disturbed", record, **shown)

    def _note(self, kind: str, record: FaultRecord, **more: Any) -> None:
        self._recorder.note(kind, record.name, actor="twin", target=record.target, kind_=record.row.kind, **more)
