"""One instant on a record's time line, with the deadlines that follow from it: µs since the record's start here, aware datetimes there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from caixue.clock import Clock, RecordClock
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ops.register import Incident
from caixue.sla import Deadline, Deadlines

_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Instant:
    """Now: `us` after the record's start, which was at `zero_at` by the clock that people see."""

    us: int
    zero_at: datetime
    deadlines: Deadlines

    @classmethod
    def of(cls, clock: Clock, deadlines: Deadlines) -> Instant:
        """The present instant of `clock`."""
        us = clock.monotonic_us()
        zero_at = clock.start if isinstance(clock, RecordClock) else clock.now() - us * _US  # two readings are never at one instant
        return cls(us, zero_at, deadlines)

    def at(self, us: int) -> datetime:
        """What people call that instant of the record."""
        return self.zero_at + us * _US

    def due_us(self, what: str, started_us: int, pauses: Iterable[tuple[int, int]]) -> tuple[int, bool]:
        """When the limit of that class or name is used up, and whether that is provisional."""
        spans = [(self.at(from_us), self.at(until_us)) for from_us, until_us in pauses]
        due = self.deadlines.deadline(what, self.at(started_us), spans)
        return (due.at - self.zero_at) // _US, due.provisional

    def pauses(self, incident: Incident) -> list[tuple[int, int]]:
        """When the clock of `incident` has stood until now."""
        return [*incident.pauses, *([(incident.paused_since_us, self.us)] if incident.paused_since_us is not None else [])]

    def removal(self, severity: str, started_us: int, pauses: Iterable[tuple[int, int]]) -> dict[str, Any]:
        """By when trouble of that class must be removed, if its clock runs on now: the keys that an event gets."""
        due_us, provisional = self.due_us(severity, started_us, pauses)
        return {"deadline_us": due_us, **said(provisional=provisional)}

    def deadline(self, incident: Incident) -> Deadline:
        """The deadline of `incident` as people read it."""
        clause = self.deadlines.deadline(incident.severity, self.at(self.us)).clause
        return Deadline(incident.severity, self.at(incident.deadline_us), incident.provisional, clause)

    def used(self, incident: Incident) -> tuple[timedelta, timedelta]:
        """How much of its limit `incident` has used, and the limit; it uses none while its clock stands and after the repair."""
        spans = [(self.at(from_us), self.at(until_us)) for from_us, until_us in self.pauses(incident)]
        until_us = incident.steps.get("restored", self.us)
        return self.deadlines.used(incident.severity, self.at(incident.clock_started_us), self.at(until_us), spans)

    def check(self, *in_order_us: int | None) -> None:
        """Raises UsageError for a time in the future or before the record, and for times that are not in their order."""
        given = [us for us in in_order_us if us is not None]
        if any(not 0 <= us <= self.us for us in given) or given != sorted(given):
            raise UsageError(
                tr(
                    "时间不能在将来，不能早于记录开始，先后要对",
                    "a time may lie neither in the future nor before the record, and the order must be right",
                )
            )


def said(**data: Any) -> dict[str, Any]:
    """Keys that an event has only where there is something to say."""
    return {name: value for name, value in data.items() if value}
